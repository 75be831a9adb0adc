// The bridge's side of the peer connection, as the SDP a browser wants.
import type { MediaFormat, Offer } from "./offer.ts";
import { isFeedback, type MediaKind, type Source } from "./source.ts";

/**
 * One media section. The first audio and the first video section carry our microphone and camera and, the other way,
 * the bridge's feedback stream. Every remote source has a section of its own; so has our shared screen.
 */
export interface Section {
  readonly mid: string;
  readonly kind: MediaKind;
  readonly use:
    | { readonly type: "both"; readonly source: Source | undefined }
    | { readonly type: "receive"; readonly source: Source }
    | { readonly type: "send" }
    | { readonly type: "free" };
}

export class RemoteDescription {
  readonly #offer: Offer;
  readonly #simulcastRids: readonly string[];
  #sections: Section[];
  #nextMid: number;
  #version = 0;

  /** `simulcastRids`: layers to invite from browsers that want them named instead of numbered. */
  constructor(offer: Offer, simulcastRids: readonly string[] = []) {
    this.#offer = offer;
    this.#simulcastRids = simulcastRids;
    const feedback = (kind: MediaKind) => offer.sources.find((source) => source.kind === kind && isFeedback(source));
    this.#sections = (["audio", "video"] as const)
      .filter((kind) => this.#format(kind))
      .map((kind, index) => ({ mid: String(index), kind, use: { type: "both", source: feedback(kind) } }));
    this.#nextMid = this.#sections.length;
    this.add(offer.sources.filter((source) => !isFeedback(source)));
  }

  get sections(): readonly Section[] {
    return this.#sections;
  }

  /** Sources with a name already here replace their older streams. */
  add(sources: readonly Source[]): void {
    this.remove(sources.map(({ name }) => name));
    for (const source of sources) this.#place(source.kind, { type: "receive", source });
  }

  remove(names: readonly string[]): void {
    this.#free((source) => names.includes(source.name));
  }

  removeOwner(owner: string): boolean {
    return this.#free((source) => source.owner === owner);
  }

  /** Opens a section for sending one more video of ours and tells its mid. */
  addSending(): string {
    return this.#place("video", { type: "send" });
  }

  sdp(): string {
    const used = this.#sections.filter(({ use }) => use.type !== "free").map(({ mid }) => mid);
    const lines = [
      "v=0",
      `o=- 1 ${++this.#version} IN IP4 0.0.0.0`,
      "s=-",
      "t=0 0",
      // The bridge never starts checks itself, so the browser has to lead.
      "a=ice-lite",
      "a=msid-semantic: WMS *",
      `a=group:BUNDLE ${used.join(" ")}`,
      ...(this.#offer.formats.every((format) => format.mixedExtensionLengths) ? ["a=extmap-allow-mixed"] : []),
      ...this.#sections.flatMap((section, index) => this.#sectionLines(section, index === 0)),
    ];
    return `${lines.join("\r\n")}\r\n`;
  }

  #format(kind: MediaKind): MediaFormat | undefined {
    return this.#offer.formats.find((format) => format.kind === kind);
  }

  /** A section left by someone is used again, with a new mid as JSEP wants, so that long meetings don't grow without end. */
  #place(kind: MediaKind, use: Section["use"]): string {
    const section: Section = { mid: String(this.#nextMid++), kind, use };
    const free = this.#sections.findIndex(
      (each) => each.use.type === "free" && each.kind === kind && this.#negotiatedFree.has(each.mid),
    );
    if (free < 0) this.#sections = [...this.#sections, section];
    else this.#sections = this.#sections.with(free, section);
    return section.mid;
  }

  readonly #negotiatedFree = new Set<string>();

  /** Only a section that both sides have seen closed may be used again. */
  negotiated(): void {
    this.#negotiatedFree.clear();
    for (const { use, mid } of this.#sections) if (use.type === "free") this.#negotiatedFree.add(mid);
  }

  #free(unwanted: (source: Source) => boolean): boolean {
    let changed = false;
    const sections = this.#sections.map((section): Section => {
      if (section.use.type !== "receive" || !unwanted(section.use.source)) return section;
      changed = true;
      return { ...section, use: { type: "free" } };
    });
    if (changed) this.#sections = sections;
    return changed;
  }

  #sectionLines(section: Section, isFirst: boolean): string[] {
    const format = this.#format(section.kind);
    if (!format) return [];
    const isFree = section.use.type === "free";
    const ids = format.payloadTypes.map(({ id }) => id).join(" ");
    const lines = [
      `m=${section.kind} ${isFree ? 0 : 9} UDP/TLS/RTP/SAVPF ${ids}`,
      "c=IN IP4 0.0.0.0",
      "a=rtcp:9 IN IP4 0.0.0.0",
      `a=mid:${section.mid}`,
      `a=${DIRECTION[section.use.type]}`,
      "a=rtcp-mux",
      "a=rtcp-rsize",
      `a=ice-ufrag:${this.#offer.ufrag}`,
      `a=ice-pwd:${this.#offer.pwd}`,
      ...this.#offer.fingerprints.map(({ hash, value }) => `a=fingerprint:${hash} ${value}`),
      "a=setup:actpass",
      ...format.payloadTypes.flatMap(payloadLines),
      ...format.extensions.map(({ id, uri }) => `a=extmap:${id} ${uri}`),
    ];
    if (isFirst) lines.push(...this.#candidateLines());
    if (section.use.type === "both" || section.use.type === "receive") lines.push(...sourceLines(section.use.source));
    if (section.use.type === "both" && section.kind === "video" && this.#simulcastRids.length > 0) {
      lines.push(
        ...this.#simulcastRids.map((rid) => `a=rid:${rid} recv`),
        `a=simulcast:recv ${this.#simulcastRids.join(";")}`,
      );
    }
    return lines;
  }

  #candidateLines(): string[] {
    const lines = this.#offer.candidates.map(
      ({ foundation, component, protocol, priority, ip, port, type, tcpType }) => {
        const tcp = protocol === "tcp" ? ` tcptype ${tcpType ?? "passive"}` : "";
        return `a=candidate:${foundation} ${component} ${protocol} ${priority} ${ip} ${port} typ ${type}${tcp} generation 0`;
      },
    );
    return [...lines, "a=end-of-candidates"];
  }
}

/** Seen from the bridge, whose offer this is. */
const DIRECTION = { both: "sendrecv", receive: "sendonly", send: "recvonly", free: "inactive" } as const;

function payloadLines({
  id,
  name,
  clockRate,
  channels,
  parameters,
  feedback,
}: MediaFormat["payloadTypes"][number]): string[] {
  // Telephone events have a value without a name.
  const values = parameters.map(([key, value]) => (key ? `${key}=${value}` : value)).join(";");
  return [
    `a=rtpmap:${id} ${name}/${clockRate}${channels > 1 ? `/${channels}` : ""}`,
    ...(values ? [`a=fmtp:${id} ${values}`] : []),
    ...feedback.map((each) => `a=rtcp-fb:${id} ${each}`),
  ];
}

function sourceLines(source: Source | undefined): string[] {
  if (!source) return [];
  return [
    `a=msid:${source.msid}`,
    ...source.groups.map(({ semantics, ssrcs }) => `a=ssrc-group:${semantics} ${ssrcs.join(" ")}`),
    ...source.ssrcs.flatMap((ssrc) => [
      `a=ssrc:${ssrc} cname:${source.owner || "bridge"}`,
      `a=ssrc:${ssrc} msid:${source.msid}`,
    ]),
  ];
}
