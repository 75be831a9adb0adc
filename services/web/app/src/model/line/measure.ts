type Report = Readonly<Record<string, unknown>>;

/** Counters of one moment, out of what the browser reports of the peer connection. */
export interface Snapshot {
  readonly atMs: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly framesDecoded: number;
  readonly framesDropped: number;
  readonly rttMs: number | undefined;
  /** Loss of what we send, 0 to 1, as the bridge reports it; only while something is sent. */
  readonly uploadLoss: number | undefined;
  /** How much the browser believes to get out, where that is what limits our picture; else it guesses from what we send. */
  readonly availableUploadBps: number | undefined;
  readonly isSendingCut: boolean;
  readonly protocol: string;
  readonly isRelayed: boolean;
  readonly pictures: ReadonlyMap<string, PictureSize>;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly codec: string;
}

/** What the line did between two moments. */
export interface Measure {
  readonly uploadKbps: number;
  readonly downloadKbps: number;
  /** Per cent. */
  readonly uploadLoss: number;
  readonly downloadLoss: number;
  readonly rttMs: number | undefined;
  readonly availableUploadKbps: number | undefined;
  readonly protocol: string;
  readonly isRelayed: boolean;
  readonly pictures: ReadonlyMap<string, PictureSize>;
}

export function snapshot(reports: Iterable<Report>, names: ReadonlyMap<string, string>, atMs: number): Snapshot {
  const byId = new Map<string, Report>();
  for (const report of reports) byId.set(String(report.id), report);
  const of = (type: string) => [...byId.values()].filter((report) => report.type === type);
  const inbound = of("inbound-rtp");
  const transport = of("transport")[0];
  const pair =
    byId.get(String(transport?.selectedCandidatePairId)) ??
    of("candidate-pair").find(({ nominated }) => nominated === true);
  const rtt = optional(pair?.currentRoundTripTime);
  const losses = of("remote-inbound-rtp").flatMap(({ fractionLost }) => optional(fractionLost) ?? []);
  const local = byId.get(String(pair?.localCandidateId));
  const outbound = of("outbound-rtp");
  const isLimitedBy = (what: string) =>
    outbound.some(({ active, qualityLimitationReason }) => active !== false && qualityLimitationReason === what);
  return {
    atMs,
    bytesSent: number(pair?.bytesSent),
    bytesReceived: number(pair?.bytesReceived),
    packetsReceived: sum(inbound, "packetsReceived"),
    packetsLost: sum(inbound, "packetsLost"),
    framesDecoded: sum(inbound, "framesDecoded"),
    framesDropped: sum(inbound, "framesDropped"),
    rttMs: rtt === undefined ? undefined : Math.round(rtt * 1000),
    uploadLoss: losses.length === 0 ? undefined : Math.max(...losses),
    availableUploadBps: isLimitedBy("bandwidth") ? optional(pair?.availableOutgoingBitrate) : undefined,
    isSendingCut: isLimitedBy("cpu"),
    protocol: String(local?.relayProtocol ?? local?.protocol ?? ""),
    isRelayed: local?.candidateType === "relay",
    pictures: picturesOf([...inbound, ...outbound], names, byId),
  };
}

/** Of several layers that are sent the largest is the picture. */
function picturesOf(
  streams: readonly Report[],
  names: ReadonlyMap<string, string>,
  byId: ReadonlyMap<string, Report>,
): ReadonlyMap<string, PictureSize> {
  const pictures = new Map<string, PictureSize>();
  for (const stream of streams) {
    const name = names.get(String(stream.mid));
    const height = number(stream.frameHeight);
    if (name === undefined || height === 0 || height <= (pictures.get(name)?.height ?? 0)) continue;
    const codec = String(byId.get(String(stream.codecId))?.mimeType ?? "").replace(/^video\//, "");
    const framesPerSecond = Math.round(number(stream.framesPerSecond));
    pictures.set(name, { width: number(stream.frameWidth), height, framesPerSecond, codec });
  }
  return pictures;
}

/** Undefined after a new session has begun to count from nothing. */
export function between(before: Snapshot, now: Snapshot): Measure | undefined {
  const ms = now.atMs - before.atMs;
  const received = now.packetsReceived - before.packetsReceived;
  if (ms <= 0 || received < 0 || now.bytesReceived < before.bytesReceived) return undefined;
  const lost = Math.max(0, now.packetsLost - before.packetsLost);
  const kbps = (bytes: number) => Math.max(0, Math.round((bytes * 8) / ms));
  return {
    uploadKbps: kbps(now.bytesSent - before.bytesSent),
    downloadKbps: kbps(now.bytesReceived - before.bytesReceived),
    uploadLoss: Math.round((now.uploadLoss ?? 0) * 100),
    downloadLoss: received + lost === 0 ? 0 : Math.round((lost / (received + lost)) * 100),
    rttMs: now.rttMs,
    availableUploadKbps: now.availableUploadBps === undefined ? undefined : Math.round(now.availableUploadBps / 1000),
    protocol: now.protocol,
    isRelayed: now.isRelayed,
    pictures: now.pictures,
  };
}

function sum(reports: readonly Report[], key: string): number {
  return reports.reduce((total, report) => total + number(report[key]), 0);
}

function number(value: unknown): number {
  return optional(value) ?? 0;
}

function optional(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
