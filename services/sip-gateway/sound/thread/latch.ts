import { BlockList, isIP } from "node:net";
import type { Place } from "../messages.ts";

/** Being silent for so long, a source may have been given another address on its way. */
const movedMs = 3_000;
/** Its numbers have gone on meanwhile, by no more than this. */
const movedPackets = 500;

const unroutable = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const)
  unroutable.addSubnet(network, bits, "ipv4");
unroutable.addSubnet("fc00::", 7, "ipv6");
unroutable.addSubnet("fe80::", 10, "ipv6");

export type Seen = Place & { readonly ssrc: number; readonly sequence: number };

/**
 * Symmetric RTP: where a phone sends from, which is where it is sent to. The first source from the address that was agreed
 * on is taken; one from another address only where the agreed one can't be reached from elsewhere, so that whoever guesses a
 * port takes no call over. Afterwards it stays, unless it comes from the very place that was agreed on, or goes on elsewhere
 * with the same stream after a silence. With SRTP its key decides instead.
 */
export class Latch {
  readonly agreed: Place;
  readonly #mayBeElsewhere: boolean;
  #current: Seen | undefined;
  #heardAt = 0;

  constructor(agreed: Place) {
    this.agreed = agreed;
    this.#mayBeElsewhere = unroutable.check(agreed.ip, isIP(agreed.ip) === 6 ? "ipv6" : "ipv4");
  }

  get target(): Place {
    return this.#current ?? this.agreed;
  }

  admits(seen: Seen, now: number): boolean {
    if (!this.#isKnown(seen) && !this.#mayMove(seen, now)) return false;
    this.take(seen, now);
    return true;
  }

  /** It has been authenticated. */
  take(seen: Seen, now: number): void {
    this.#current = seen;
    this.#heardAt = now;
  }

  #isKnown({ ip, port }: Place): boolean {
    return this.#current?.ip === ip && this.#current.port === port;
  }

  #mayMove(seen: Seen, now: number): boolean {
    const { ip, port } = this.agreed;
    const current = this.#current;
    if (!current) return seen.ip === ip || this.#mayBeElsewhere;
    if (seen.ip === ip && seen.port === port) return true;
    if (now - this.#heardAt < movedMs) return false;
    const ahead = (seen.sequence - current.sequence) & 0xffff;
    return seen.ssrc === current.ssrc && ahead > 0 && ahead < movedPackets;
  }
}
