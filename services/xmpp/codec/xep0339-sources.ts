/** XEP-0339 1.0.1, https://xmpp.org/extensions/xep-0339.html, with Jitsi's source names: who sends what under which SSRC. */
import { create } from "@bufbuild/protobuf";
import {
  MediaKind,
  type Source,
  SourceSchema,
  type SsrcGroup,
  SsrcGroupSchema,
  VideoType,
} from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { videoTypeByName } from "./jitsi-presence.ts";
import { ns } from "./namespaces.ts";
import { atMost, optionalText, requiredInteger, requiredText, unreadable } from "./reading.ts";
import { mediaNameOf } from "./xep0167-rtp.ts";
import { childrenOf, type Element, el } from "./xml/element.ts";

/** Of one stanza; how many a person may have is the focus's to say, within this. */
export const sourceLimits = { ssrcs: 100, groups: 100, ssrcsPerGroup: 10 } as const;

const maxSsrc = 2 ** 32 - 1;
const semanticsRead: readonly string[] = ["FID", "SIM", "FEC-FR"];

/** One SSRC as it is said, in XML or JSON. */
export type SaidSource = {
  readonly ssrc: number;
  readonly name: string;
  /** "" where it is said of another SSRC of the same source. */
  readonly msid: string;
  readonly videoType: VideoType;
};

/** The sources of one content. Each name has to be the owner's; a `<source>` without SSRC (the rid form) is passed over. */
export function readSources(description: Element, kind: MediaKind, owner: string): Source[] {
  const said = atMost(childrenOf(description, "source"), sourceLimits.ssrcs, "sources")
    .filter(({ attrs }) => attrs.ssrc !== undefined)
    .map(readSaid);
  const groups = atMost(childrenOf(description, "ssrc-group"), sourceLimits.groups, "source groups").map((element) =>
    checkGroup(
      requiredText(element, "semantics", 16).toUpperCase(),
      atMost(childrenOf(element, "source"), sourceLimits.ssrcsPerGroup, "SSRCs in a group").map((source) =>
        requiredInteger(source, "ssrc", 1, maxSsrc),
      ),
    ),
  );
  return gatherSources(said, groups, kind, owner);
}

function readSaid(element: Element): SaidSource {
  const msid = childrenOf(element, "parameter").find(({ attrs }) => attrs.name === "msid");
  return {
    ssrc: requiredInteger(element, "ssrc", 1, maxSsrc),
    name: requiredText(element, "name", 128),
    msid: msid ? optionalText(msid, "value", 256) : "",
    videoType: videoTypeByName[element.attrs.videoType ?? ""] ?? VideoType.CAMERA,
  };
}

/** What is said of SSRCs, by source: names are the owner's, a group is of one source, an msid of one source too. */
export function gatherSources(
  said: readonly SaidSource[],
  groups: readonly SsrcGroup[],
  kind: MediaKind,
  owner: string,
): Source[] {
  const byName = new Map<string, Source>();
  const bySsrc = new Map<number, Source>();
  for (const { ssrc, name, msid, videoType } of said) {
    if (bySsrc.has(ssrc)) unreadable(`ssrc ${ssrc} is there twice`);
    checkName(name, kind, owner);
    const source = byName.get(name) ?? newSource({ name, videoType }, kind, owner);
    if (msid !== "" && source.msid !== "" && msid !== source.msid) unreadable(`source "${name}" has two msids`);
    if (source.msid === "") source.msid = msid;
    byName.set(name, source);
    bySsrc.set(ssrc, source);
    source.ssrcs.push(ssrc);
  }
  for (const group of groups) {
    const owners = new Set(group.ssrcs.map((ssrc) => bySsrc.get(ssrc)));
    const [source] = owners;
    if (owners.size !== 1 || !source) unreadable("a group is of the SSRCs of one source");
    source.groups.push(group);
  }
  for (const source of byName.values()) source.ssrcs = primariesFirst(source);
  return [...byName.values()];
}

function checkName(name: string, kind: MediaKind, owner: string): void {
  const rest = name.startsWith(`${owner}-`) ? name.slice(owner.length + 1) : "";
  const pattern = kind === MediaKind.AUDIO ? /^a\d{1,4}$/ : /^v\d{1,4}$/;
  if (!pattern.test(rest)) unreadable(`source "${name.slice(0, 80)}" is no ${mediaNameOf(kind)} source of ${owner}`);
}

function newSource(
  { name, videoType }: Pick<SaidSource, "name" | "videoType">,
  kind: MediaKind,
  owner: string,
): Source {
  const isVideo = kind === MediaKind.VIDEO;
  return create(SourceSchema, { name, owner, kind, videoType: isVideo ? videoType : VideoType.UNSPECIFIED });
}

export function checkGroup(semantics: string, ssrcs: number[]): SsrcGroup {
  if (!semanticsRead.includes(semantics)) unreadable(`semantics of a group are one of ${semanticsRead.join(", ")}`);
  const isPair = semantics !== "SIM";
  if (new Set(ssrcs).size !== ssrcs.length || ssrcs.length < 2 || (isPair && ssrcs.length !== 2)) {
    unreadable(`a ${semantics} group has ${isPair ? "two" : "two or more"} different SSRCs`);
  }
  return create(SsrcGroupSchema, { semantics, ssrcs });
}

function primariesFirst({ ssrcs, groups }: Source): number[] {
  const secondary = new Set(groups.filter(({ semantics }) => semantics !== "SIM").map((group) => group.ssrcs[1]));
  return [...ssrcs.filter((ssrc) => !secondary.has(ssrc)), ...ssrcs.filter((ssrc) => secondary.has(ssrc))];
}

export function writeSources(sources: readonly Source[]): readonly Element[] {
  return sources.flatMap((source) => [
    ...source.ssrcs.map((ssrc) => writeSource(source, ssrc)),
    ...source.groups.map(({ semantics, ssrcs }) =>
      el(
        "ssrc-group",
        { xmlns: ns.sourceAttributes, semantics },
        ssrcs.map((ssrc) => el("source", { xmlns: ns.sourceAttributes, ssrc })),
      ),
    ),
  ]);
}

function writeSource({ name, owner, videoType, msid }: Source, ssrc: number): Element {
  return el(
    "source",
    { xmlns: ns.sourceAttributes, ssrc, name, videoType: videoTypeName[videoType] },
    msid === "" ? undefined : el("parameter", { xmlns: ns.sourceAttributes, name: "msid", value: msid }),
    el("ssrc-info", { xmlns: ns.jitmeet, owner }),
  );
}

const videoTypeName: Readonly<Partial<Record<VideoType, string>>> = {
  [VideoType.CAMERA]: "camera",
  [VideoType.DESKTOP]: "desktop",
  [VideoType.DESKTOP_HIGH_FPS]: "desktop_high_fps",
};
