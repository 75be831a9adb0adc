/** What a face showed, as clients report it. */
export type Face = { readonly expression: string; readonly durationS: number; readonly timestampMs: number };

export type Speaker = {
  /** Endpoint. */
  readonly nick: string;
  /** The same when somebody who signed in comes back with another nickname; "" for who has no account. */
  readonly person: string;
  /** As displayed when last seen. */
  readonly name: string;
  readonly isPresent: boolean;
  /** Up to `sinceMs`. */
  readonly spokenMs: number;
  /** Speaks since then; 0: is silent. */
  readonly sinceMs: number;
  readonly faces: readonly Face[];
};

export type SpeakerStatsLimits = {
  readonly people: number;
  readonly facesPerPerson: number;
  readonly facesPerRoom: number;
};

/** By nickname, the longest gone first. */
export type Speakers = ReadonlyMap<string, Speaker>;

export function spokenMs({ spokenMs, sinceMs }: Speaker, now: number): number {
  return sinceMs === 0 ? spokenMs : spokenMs + Math.max(0, now - sinceMs);
}

/** There is something to tell of somebody: they spoke, were seen, or are gone. */
export function isWorthTelling({ isPresent, spokenMs, sinceMs, faces }: Speaker): boolean {
  return !isPresent || spokenMs > 0 || sinceMs > 0 || faces.length > 0;
}

/** Whoever comes back goes on where they were: by nickname, or by account where the nickname is a new one. */
export function enter(
  speakers: Speakers,
  who: { readonly nick: string; readonly person: string; readonly name: string },
  limits: SpeakerStatsLimits,
): Speakers {
  const next = new Map(speakers);
  const before = speakers.get(who.nick) ?? earlierSelf(speakers, who.person);
  if (before) next.delete(before.nick);
  const fresh = { spokenMs: 0, sinceMs: 0, faces: [] };
  next.set(who.nick, { ...fresh, ...before, ...who, isPresent: true });
  for (const [nick, { isPresent }] of next) {
    if (next.size <= limits.people) break;
    if (!isPresent) next.delete(nick);
  }
  return next;
}

function earlierSelf(speakers: Speakers, person: string): Speaker | undefined {
  if (person === "") return undefined;
  return [...speakers.values()].find((speaker) => speaker.person === person && !speaker.isPresent);
}

export function leave(speakers: Speakers, nick: string, name: string, now: number): Speakers {
  const speaker = speakers.get(nick);
  if (!speaker) return speakers;
  const next = new Map(speakers);
  next.delete(nick);
  return next.set(nick, { ...stopped(speaker, now), name, isPresent: false });
}

/** Only one speaks at a time; the dominant speaker may fall silent. */
export function speak(speakers: Speakers, nick: string, isSilent: boolean, now: number): Speakers {
  const next = new Map<string, Speaker>();
  for (const [key, speaker] of speakers) {
    const speaks = key === nick && !isSilent && speaker.isPresent;
    next.set(
      key,
      speaks ? { ...speaker, sinceMs: speaker.sinceMs === 0 ? now : speaker.sinceMs } : stopped(speaker, now),
    );
  }
  return next;
}

function stopped(speaker: Speaker, now: number): Speaker {
  return speaker.sinceMs === 0 ? speaker : { ...speaker, spokenMs: spokenMs(speaker, now), sinceMs: 0 };
}

/** The oldest of a person's faces go first; a full room keeps what it has. */
export function showFace(speakers: Speakers, nick: string, face: Face, limits: SpeakerStatsLimits): Speakers {
  const speaker = speakers.get(nick);
  if (!speaker) return speakers;
  let inRoom = 0;
  for (const { faces } of speakers.values()) inRoom += faces.length;
  const room = inRoom < limits.facesPerRoom ? limits.facesPerPerson : speaker.faces.length;
  if (room === 0) return speakers;
  return new Map(speakers).set(nick, {
    ...speaker,
    faces: [...speaker.faces, face].slice(-Math.min(room, limits.facesPerPerson)),
  });
}
