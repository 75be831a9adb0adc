/** What Jitsi's clients say over the bridge channel, to one or with an empty address to all: your hand goes down. */
const NAME = "lower-hand-message";

export const lowerHand = { name: NAME } as const;

export function isLowerHand(payload: Readonly<Record<string, unknown>>): boolean {
  return payload.name === NAME;
}
