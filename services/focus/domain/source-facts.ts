import type { Member, PublishedSource } from "./conference.ts";
import type { FactName, SourceRef } from "./facts.ts";
import type { MediaDescription, Source } from "./media.ts";
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
    const published: PublishedSource = {
      kind: sourceKind(member, source),
      codec: codecOf(descriptions, source.kind),
      muted: isMutedBy(member, source.name),
    };
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

/** Mutes and unmutes as the member's presence shows them. */
export function noteSourceStates(turn: Turn, before: Member, after: Member): void {
  for (const [name, published] of after.published) {
    const muted = isMutedBy(after, name);
    if (muted === published.muted) continue;
    const now = turn.member(after.endpoint);
    if (!now) return;
    const changed = { ...published, muted };
    turn.changeMember(after.endpoint, { published: new Map(now.published).set(name, changed) });
    if (after.hidden) continue;
    const by = muted && wasAskedToMute(before, published, turn.now) ? "moderator" : "self";
    turn.record(muted ? "sourceMuted" : "sourceUnmuted", {
      participant: refOf(after),
      counts: countsOf(turn),
      source: refOfSource(name, changed),
      by,
    });
  }
}

function wasAskedToMute(member: Member, source: PublishedSource, now: number): boolean {
  const media = { microphone: "audio", sip: "audio", camera: "video", desktop: "desktop" }[source.kind];
  return (member.muteAsked.get(media) ?? 0) > now;
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
