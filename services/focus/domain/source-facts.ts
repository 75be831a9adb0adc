import { mediaOf } from "./blocks.ts";
import type { Member, PublishedSource } from "./conference.ts";
import type { By, FactName, SourceRef } from "./facts.ts";
import type { MediaDescription, Source } from "./media.ts";
import type { AvMedia } from "./policy.ts";
import { codecOf, isMutedBy, sourceKind } from "./sources.ts";
import { countsOf, refOf, type Turn } from "./turn.ts";

/** The public facts about sources follow the names, not the SSRCs: a new invitation publishes nothing anew. */
export function publish(
  turn: Turn,
  endpoint: string,
  sources: readonly Source[],
  descriptions: readonly MediaDescription[],
): void {
  for (const source of sources) {
    const member = turn.member(endpoint);
    if (!member || member.published.has(source.name)) continue;
    const kind = sourceKind(member, source);
    const codec = codecOf(descriptions, source.kind);
    const published: PublishedSource = { kind, codec, muted: isSilent(member, source.name, kind) };
    turn.changeMember(endpoint, { published: new Map(member.published).set(source.name, published) });
    tell(turn, "sourcePublished", endpoint, source.name, published);
  }
}

export function unpublish(turn: Turn, endpoint: string, names: Iterable<string>): void {
  for (const name of names) {
    const member = turn.member(endpoint);
    const published = member?.published.get(name);
    if (!member || !published) continue;
    const rest = new Map(member.published);
    rest.delete(name);
    turn.changeMember(endpoint, { published: rest });
    tell(turn, "sourceUnpublished", endpoint, name, published);
  }
}

export function unpublishAll(turn: Turn, endpoint: string): void {
  unpublish(turn, endpoint, [...(turn.member(endpoint)?.published.keys() ?? [])]);
}

/** Keeps of what was published only what is still sent. */
export function unpublishMissing(turn: Turn, endpoint: string): void {
  const member = turn.member(endpoint);
  if (!member) return;
  unpublish(
    turn,
    endpoint,
    [...member.published.keys()].filter((name) => !member.sentSources.has(name)),
  );
}

/** Mutes and unmutes as the member's presence shows them; what is blocked is muted, whatever presence says. */
export function noteSourceStates(turn: Turn, endpoint: string, causeOf?: (media: AvMedia) => By): void {
  for (const [name, published] of turn.member(endpoint)?.published ?? []) {
    const member = turn.member(endpoint);
    if (!member) return;
    const muted = isSilent(member, name, published.kind);
    if (muted === published.muted) continue;
    const changed = { ...published, muted };
    turn.changeMember(endpoint, { published: new Map(member.published).set(name, changed) });
    const after = turn.member(endpoint);
    if (!after || after.hidden) continue;
    turn.record(muted ? "sourceMuted" : "sourceUnmuted", {
      participant: refOf(after),
      counts: countsOf(turn),
      source: refOfSource(name, changed),
      by: causeOf?.(mediaOf(published.kind)) ?? ownCause(turn, after, changed),
    });
  }
}

function isSilent(member: Member, name: string, kind: PublishedSource["kind"]): boolean {
  return member.blocks.has(mediaOf(kind)) || isMutedBy(member, name);
}

function ownCause(turn: Turn, { muteAsked }: Member, { kind, muted }: PublishedSource): By {
  return muted && (muteAsked.get(mediaOf(kind)) ?? 0) > turn.now ? "moderator" : "self";
}

function tell(
  turn: Turn,
  name: Extract<FactName, "sourcePublished" | "sourceUnpublished">,
  endpoint: string,
  source: string,
  published: PublishedSource,
): void {
  const member = turn.member(endpoint);
  if (!member || member.hidden) return;
  turn.record(name, { participant: refOf(member), counts: countsOf(turn), source: refOfSource(source, published) });
}

function refOfSource(name: string, { kind, codec, muted }: PublishedSource): SourceRef {
  return { name, kind, codec, muted };
}
