import { ownerOf } from "../conference/source-info.ts";
import { childNamed, childrenNamed, type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { bareOf, resourceOf } from "../xmpp/stanza.ts";

export type MediaKind = "audio" | "video";

export interface SsrcGroup {
  readonly semantics: string;
  readonly ssrcs: readonly number[];
}

/** One microphone, camera or shared screen, with the streams that carry it. */
export interface Source {
  readonly name: string;
  readonly owner: string;
  readonly kind: MediaKind;
  readonly videoType: "camera" | "desktop";
  readonly msid: string;
  readonly ssrcs: readonly number[];
  readonly groups: readonly SsrcGroup[];
}

/** All sources named in the contents of a Jingle element, in their order. */
export function readSources(jingle: XmlElement): Source[] {
  return childrenNamed(jingle, "content").flatMap((content) => {
    const description = childNamed(content, "description", NS.jingleRtp);
    const kind: MediaKind = (description?.attrs.media ?? content.attrs.name) === "audio" ? "audio" : "video";
    return readSourcesOf(description, kind);
  });
}

function readSourcesOf(description: XmlElement | undefined, kind: MediaKind): Source[] {
  const byName = new Map<string, Source>();
  for (const element of childrenNamed(description, "source")) {
    const ssrc = Number(element.attrs.ssrc);
    const name = element.attrs.name ?? `${kind}-${ssrc}`;
    if (!Number.isInteger(ssrc) || ssrc <= 0) continue;
    const known = byName.get(name);
    byName.set(name, known ? { ...known, ssrcs: [...known.ssrcs, ssrc] } : readFirst(element, name, kind, ssrc));
  }
  const groups = childrenNamed(description, "ssrc-group").map((group) => ({
    semantics: group.attrs.semantics ?? "",
    ssrcs: childrenNamed(group, "source").map(({ attrs }) => Number(attrs.ssrc)),
  }));
  return [...byName.values()].map((source) => ({
    ...source,
    groups: groups.filter(({ ssrcs }) => ssrcs.length > 1 && ssrcs.every((ssrc) => source.ssrcs.includes(ssrc))),
  }));
}

function readFirst(element: XmlElement, name: string, kind: MediaKind, ssrc: number): Source {
  const owner = childNamed(element, "ssrc-info")?.attrs.owner ?? "";
  const msid = childrenNamed(element, "parameter").find(({ attrs }) => attrs.name === "msid")?.attrs.value;
  return {
    name,
    owner: resourceOf(owner) || bareOf(owner) || ownerOf(name),
    kind,
    videoType: element.attrs.videoType?.startsWith("desktop") ? "desktop" : "camera",
    msid: cleanMsid(msid ?? `${name} ${name}`),
    ssrcs: [ssrc],
    groups: [],
  };
}

/** An msid goes into a line of SDP: whatever could break out of it is taken away. */
export function cleanMsid(msid: string): string {
  const [stream = "-", track = stream] = msid.split(/\s+/).map((part) => part.replace(/[^\w!#$%&'*.^`|~-]/g, ""));
  return `${stream || "-"} ${track || "-"}`;
}

/** The bridge's own stream: it exists for reports about the network and is never shown. */
export function isFeedback(source: Source): boolean {
  return source.msid.startsWith("mixedmslabel") || source.owner === "jvb";
}

export function sourceElements(source: Source): XmlElement[] {
  const xmlns = NS.jingleSsma;
  const videoType = source.kind === "video" ? source.videoType : undefined;
  return [
    ...source.ssrcs.map((ssrc) =>
      xml(
        "source",
        { xmlns, ssrc, name: source.name, videoType },
        xml("parameter", { xmlns, name: "msid", value: source.msid }),
      ),
    ),
    ...source.groups.map(({ semantics, ssrcs }) =>
      xml("ssrc-group", { xmlns, semantics }, ...ssrcs.map((ssrc) => xml("source", { xmlns, ssrc }))),
    ),
  ];
}

/** A content that carries nothing but sources, as source-add and source-remove do. */
export function sourceContent(source: Source): XmlElement {
  return xml(
    "content",
    { xmlns: NS.jingle, creator: "responder", name: source.kind, senders: "both" },
    xml("description", { xmlns: NS.jingleRtp, media: source.kind }, ...sourceElements(source)),
  );
}
