import { recordIn } from "../json.ts";

/** What clients tell one another of their line, every few seconds over the bridge (`EndpointStats`, as Jitsi's do). */
export interface EndpointStats {
  /** 0 to 100, by the sender's own judgement. */
  readonly quality: number;
  readonly uploadKbps: number;
  readonly downloadKbps: number;
  /** Per cent of packets. */
  readonly uploadLoss: number;
  readonly downloadLoss: number;
  readonly rttMs: number | undefined;
  readonly region: string;
}

const MAX_REGION = 64;

/** Every part may be missing; nonsense counts as missing. */
export function readEndpointStats(message: Readonly<Record<string, unknown>>): EndpointStats {
  const bitrate = recordIn(message.bitrate);
  const loss = recordIn(message.packetLoss);
  const rtt = message.jvbRTT;
  return {
    quality: within(message.connectionQuality, 100, 100),
    uploadKbps: within(bitrate.upload, 0),
    downloadKbps: within(bitrate.download, 0),
    uploadLoss: within(loss.upload, 0, 100),
    downloadLoss: within(loss.download, 0, 100),
    rttMs: typeof rtt === "number" && rtt >= 0 && Number.isFinite(rtt) ? rtt : undefined,
    region: typeof message.serverRegion === "string" ? message.serverRegion.slice(0, MAX_REGION) : "",
  };
}

export function endpointStatsMessage(stats: EndpointStats): object {
  const { quality, uploadKbps, downloadKbps, uploadLoss, downloadLoss, rttMs, region } = stats;
  return {
    colibriClass: "EndpointStats",
    bitrate: { upload: uploadKbps, download: downloadKbps },
    packetLoss: { total: Math.max(uploadLoss, downloadLoss), upload: uploadLoss, download: downloadLoss },
    connectionQuality: quality,
    ...(rttMs !== undefined && { jvbRTT: rttMs }),
    ...(region && { serverRegion: region }),
  };
}

function within(value: unknown, fallback: number, most = Number.MAX_SAFE_INTEGER): number {
  return typeof value === "number" && Number.isFinite(value) ? Math.min(Math.max(0, value), most) : fallback;
}
