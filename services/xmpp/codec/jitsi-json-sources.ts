/**
 * http://jitsi.org/json-encoded-sources (lib-jitsi-meet of 2026-08): sources in short, in a json-message of a `<jingle>`.
 * `{"sources":{"<owner>":[[video],[video groups],[audio],[audio groups]]}}`, lists at the end left out when empty.
 */
import { MediaKind, type Source, type SsrcGroup, VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { ns } from "./namespaces.ts";
import { atMost, bounded, unreadable } from "./reading.ts";
import { checkGroup, gatherSources, type SaidSource, sourceLimits } from "./xep0339-sources.ts";
import { childOf, type Element, el } from "./xml/element.ts";

export const jsonSourcesFeature = "http://jitsi.org/json-encoded-sources";

const maxSsrc = 2 ** 32 - 1;
const semanticsByShort: ReadonlyMap<unknown, string> = new Map([
  ["f", "FID"],
  ["s", "SIM"],
]);
const shortBySemantics: ReadonlyMap<string, string> = new Map([
  ["FID", "f"],
  ["SIM", "s"],
]);

/** The sources of `owner`; nobody says those of somebody else. */
export function readJsonSources(jingle: Element, owner: string): Source[] {
  const message = childOf(jingle, "json-message");
  if (!message) return [];
  const sources = recordOf(recordOf(parse(message.getText())).sources ?? {});
  const owners = Object.keys(sources);
  if (owners.some((one) => one !== owner)) unreadable("sources are said by their owner alone");
  const lists = listOf(sources[owner] ?? []);
  return [
    ...readKind(lists[2], lists[3], MediaKind.AUDIO, owner),
    ...readKind(lists[0], lists[1], MediaKind.VIDEO, owner),
  ];
}

/** The sources of any number of owners, for clients that list `jsonSourcesFeature`: a fraction of what XML takes. */
export function writeJsonSources(sources: readonly Source[]): Element {
  const byOwner = Map.groupBy(sources, ({ owner }) => owner);
  const short = Object.fromEntries([...byOwner].map(([owner, own]) => [owner, writeOwn(own)]));
  return el("json-message", { xmlns: ns.jitmeet }, JSON.stringify({ sources: short }));
}

function writeOwn(sources: readonly Source[]): readonly unknown[] {
  const lists = [MediaKind.VIDEO, MediaKind.AUDIO].flatMap((kind) => {
    const own = sources.filter((source) => source.kind === kind);
    return [own.flatMap(writeSaid), own.flatMap(({ groups }) => groups.flatMap(writeGroup))];
  });
  return lists.slice(0, lists.findLastIndex((list) => list.length > 0) + 1);
}

function writeSaid({ name, msid, videoType, ssrcs }: Source): readonly object[] {
  const more = { n: name, ...(msid === "" ? {} : { m: msid }), ...(isDesktop(videoType) ? { v: "d" } : {}) };
  return ssrcs.map((s) => ({ s, ...more }));
}

function writeGroup({ semantics, ssrcs }: SsrcGroup): readonly unknown[] {
  const short = shortBySemantics.get(semantics);
  return short === undefined ? [] : [[short, ...ssrcs]];
}

function isDesktop(videoType: VideoType): boolean {
  return videoType === VideoType.DESKTOP || videoType === VideoType.DESKTOP_HIGH_FPS;
}

function readKind(said: unknown, groups: unknown, kind: MediaKind, owner: string): Source[] {
  const ssrcs = atMost(listOf(said ?? []), sourceLimits.ssrcs, "sources").map(readSaid);
  return gatherSources(
    ssrcs,
    atMost(listOf(groups ?? []), sourceLimits.groups, "source groups").map(readGroup),
    kind,
    owner,
  );
}

function readSaid(value: unknown): SaidSource {
  const { s, n, m = "", v } = recordOf(value);
  if (typeof n !== "string" || typeof m !== "string") return unreadable("a source has a name (n) and an msid (m)");
  return {
    ssrc: ssrcOf(s),
    name: bounded(n, "the name of a source", 128),
    msid: bounded(m, "an msid", 256),
    videoType: v === "d" ? VideoType.DESKTOP : VideoType.CAMERA,
  };
}

function readGroup(value: unknown): SsrcGroup {
  const [short, ...ssrcs] = listOf(value);
  const semantics = semanticsByShort.get(short);
  if (semantics === undefined) return unreadable("a group begins with f or s");
  return checkGroup(semantics, [...atMost(ssrcs, sourceLimits.ssrcsPerGroup, "SSRCs in a group")].map(ssrcOf));
}

/** COMPAT: some write numbers as text. */
function ssrcOf(value: unknown): number {
  const number = typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && number >= 1 && number <= maxSsrc) return number;
  return unreadable(`an SSRC is a whole number from 1 to ${maxSsrc}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return unreadable("a json-message is JSON");
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return unreadable("expected a JSON object");
  return value as Readonly<Record<string, unknown>>;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : unreadable("expected a JSON list");
}
