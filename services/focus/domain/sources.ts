import { MediaKind, VideoType } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import type { Member, SourceKind } from "./conference.ts";
import type { Failure } from "./inputs.ts";
import type { MediaDescription, Source } from "./media.ts";
import type { SourceLimits } from "./rules.ts";

type Verdict = { readonly ok: true } | { readonly ok: false; readonly failure: Failure };

const good: Verdict = { ok: true };
const bad = (message: string): Verdict => ({ ok: false, failure: { code: "invalid-argument", message } });

const lastSsrc = 2 ** 32 - 1;
const longestText = 256;

/** Whether `owner` may send `sources` beside what is sent in the conference already (focus.md 3.7). */
export function validateSources(
  members: ReadonlyMap<string, Member>,
  owner: string,
  sources: readonly Source[],
  limits: SourceLimits,
): Verdict {
  const own = [...(members.get(owner)?.sentSources.values() ?? [])];
  const tooMany = checkAmounts([...own, ...sources], limits);
  if (!tooMany.ok) return tooMany;
  const used = usedAmong(members, new Set(sources.flatMap(({ ssrcs }) => ssrcs)));
  const names = new Set(own.map(({ name }) => name));
  const msids = new Set(own.map(({ msid }) => msid));
  for (const source of sources) {
    const shape = checkShape(owner, source);
    if (!shape.ok) return shape;
    if (names.has(source.name)) return bad(`source "${source.name}" is there already: remove it first`);
    if (source.msid !== "" && msids.has(source.msid)) return bad(`msid "${source.msid}" belongs to another source`);
    const taken = source.ssrcs.find((ssrc) => used.has(ssrc));
    if (taken !== undefined) return bad(`SSRC ${taken} is used in this conference already`);
    names.add(source.name);
    msids.add(source.msid);
    for (const ssrc of source.ssrcs) used.add(ssrc);
  }
  return good;
}

function checkAmounts(sources: readonly Source[], limits: SourceLimits): Verdict {
  const ssrcs = sources.reduce((sum, source) => sum + source.ssrcs.length, 0);
  const groups = sources.reduce((sum, source) => sum + source.groups.length, 0);
  if (ssrcs > limits.ssrcs) return tooMany("SSRCs", limits.ssrcs, ssrcs);
  if (groups > limits.groups) return tooMany("SSRC groups", limits.groups, groups);
  return good;
}

function tooMany(what: string, limit: number, found: number): Verdict {
  return bad(`a participant may have ${limit} ${what}, found ${found}`);
}

function checkShape(owner: string, source: Source): Verdict {
  const shown = source.name.slice(0, 100);
  if (source.owner !== "" && source.owner !== owner) return bad(`source "${shown}" names another owner`);
  const kind = kindOfName(owner, source.name);
  if (kind === undefined) return bad(`source name "${shown}": expected "${owner}-a0" or "${owner}-v0"`);
  if (kind !== source.kind) return bad(`source "${shown}": its name and its medium differ`);
  if (source.msid.length > longestText) return bad(`source "${shown}": msid longer than ${longestText}`);
  if (source.ssrcs.length === 0) return bad(`source "${shown}" has no SSRC`);
  const wrong = source.ssrcs.find((ssrc) => !Number.isInteger(ssrc) || ssrc < 1 || ssrc > lastSsrc);
  if (wrong !== undefined) return bad(`SSRC ${wrong}: expected 1 to ${lastSsrc}`);
  if (new Set(source.ssrcs).size !== source.ssrcs.length) return bad(`source "${shown}" has an SSRC twice`);
  return checkGroups(source, shown);
}

function checkGroups(source: Source, shown: string): Verdict {
  const own = new Set(source.ssrcs);
  for (const { semantics, ssrcs } of source.groups) {
    if (semantics !== "FID" && semantics !== "SIM") {
      return bad(`source "${shown}": group "${semantics.slice(0, 20)}", expected FID or SIM`);
    }
    if (semantics === "FID" && ssrcs.length !== 2) {
      return bad(`source "${shown}": FID group of ${ssrcs.length}, expected 2`);
    }
    if (ssrcs.length < 2) return bad(`source "${shown}": ${semantics} group of ${ssrcs.length}`);
    if (new Set(ssrcs).size !== ssrcs.length) return bad(`source "${shown}": an SSRC twice in a group`);
    const foreign = ssrcs.find((ssrc) => !own.has(ssrc));
    if (foreign !== undefined) return bad(`source "${shown}": SSRC ${foreign} of a group is not the source's`);
  }
  return good;
}

/** The medium that a name says, where it is a name of that owner: "<owner>-a0", "<owner>-v1". */
function kindOfName(owner: string, name: string): MediaKind | undefined {
  if (name.length > longestText || !name.startsWith(`${owner}-`)) return undefined;
  const match = /^([av])\d{1,4}(?:\.[^.\s]{1,32})?$/.exec(name.slice(owner.length + 1));
  if (!match) return undefined;
  return match[1] === "a" ? MediaKind.AUDIO : MediaKind.VIDEO;
}

/** Those of `wanted` that somebody sends already. */
function usedAmong(members: ReadonlyMap<string, Member>, wanted: ReadonlySet<number>): Set<number> {
  const used = new Set<number>();
  for (const { sentSources } of members.values()) {
    for (const { ssrcs } of sentSources.values()) for (const ssrc of ssrcs) if (wanted.has(ssrc)) used.add(ssrc);
  }
  return used;
}

/** Which of a member's sources a source-remove means: by name, or by any of the SSRCs where the name is left out. */
export function matchRemoved(member: Member, removed: readonly Source[]): readonly Source[] | Failure {
  const found = new Map<string, Source>();
  for (const one of removed) {
    const source = one.name === "" ? bySsrc(member, one.ssrcs) : member.sentSources.get(one.name);
    if (!source) {
      const what = one.name === "" ? `SSRC ${one.ssrcs[0] ?? "(none)"}` : `source "${one.name.slice(0, 100)}"`;
      return { code: "invalid-argument", message: `${what} is not sent by this participant` };
    }
    found.set(source.name, source);
  }
  return [...found.values()];
}

function bySsrc(member: Member, ssrcs: readonly number[]): Source | undefined {
  return [...member.sentSources.values()].find((source) => source.ssrcs.some((ssrc) => ssrcs.includes(ssrc)));
}

export function isSameSource(a: Source, b: Source): boolean {
  return a.name === b.name && a.ssrcs.length === b.ssrcs.length && a.ssrcs.every((ssrc, i) => ssrc === b.ssrcs[i]);
}

export function sourceKind(member: Member, source: Source): SourceKind {
  if (source.kind === MediaKind.AUDIO) return member.kind === "sip" ? "sip" : "microphone";
  const shown = member.sources.find(({ name }) => name === source.name);
  const isDesktop =
    source.videoType === VideoType.DESKTOP || source.videoType === VideoType.DESKTOP_HIGH_FPS || shown?.isDesktop;
  return isDesktop ? "desktop" : "camera";
}

/** The codec a client sends: the first it named in its accept. */
export function codecOf(descriptions: readonly MediaDescription[], kind: MediaKind): string {
  const description = descriptions.find((one) => one.kind === kind);
  return description?.payloadTypes.find(({ name }) => name.toLowerCase() !== "rtx")?.name ?? "";
}

/** Muted until known otherwise, as Jicofo reads SourceInfo. */
export function isMutedBy(member: Member, name: string): boolean {
  return member.sources.find((state) => state.name === name)?.muted ?? true;
}
