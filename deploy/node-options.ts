/**
 * What Node is started with, per role: wherever a role runs, here, in its image or under a benchmark, it is the same.
 * An idle role otherwise holds 15 MB of garbage in the space for young objects, and never gives back what it grew to.
 */
const youngMiB = 1;
/** Everything it sends and receives is young: in less than this much of it is taken for old and cleared up late. */
const youngMiBOfXmpp = 4;

export function nodeOptions(role: string): string {
  return `--max-semi-space-size=${role === "xmpp" ? youngMiBOfXmpp : youngMiB}`;
}
