/** A message whose text is not kept: enough to say later whose it was. */
export type SentMessage = {
  readonly id: string;
  readonly author: string;
  /** Endpoint it was for; "" where it was for all. */
  readonly to: string;
};

/** Who may take a message back. A moderator may take back what is said to all, whoever said it. */
export type RetractionDecision = "allowed" | "unknown" | "forbidden";

/** The last messages of each room. */
export class SentMessages<R extends WeakKey> {
  readonly #perRoom: number;
  readonly #rooms = new WeakMap<R, SentMessage[]>();

  constructor(perRoom: number) {
    this.#perRoom = perRoom;
  }

  note(room: R, message: SentMessage): void {
    if (message.id === "") return;
    const known = this.#rooms.get(room) ?? [];
    this.#rooms.set(room, known);
    known.push(message);
    if (known.length > this.#perRoom) known.shift();
  }

  of(room: R): readonly SentMessage[] {
    return this.#rooms.get(room) ?? [];
  }
}

/**
 * Clients remove whatever has the id, so all known messages with it have to be the author's: an id used again by
 * somebody else gives them no power over the first.
 */
export function decideRetraction(
  known: readonly SentMessage[],
  retraction: SentMessage,
  isModerator: boolean,
): RetractionDecision {
  const withId = known.filter(({ id }) => id === retraction.id);
  if (isModerator && retraction.to === "") return "allowed";
  if (!withId.some(({ to }) => to === retraction.to)) return "unknown";
  return withId.every(({ author }) => author === retraction.author) ? "allowed" : "forbidden";
}
