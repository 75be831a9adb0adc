import { digits } from "./digits.ts";

const bytes = 4;
/** What one packet can say at most; a longer press goes on in another event (RFC 4733 2.5.1.3). */
const longest = 0xffff;

/** Keys as telephone events (RFC 4733): several packets of one press make one key, whichever of them get lost. */
export class EventReader {
  #last: { readonly event: number; readonly timestamp: number; duration: number } | undefined;

  /** The key where this packet is the first of a press. `isReadable` false: it is no event. */
  read(timestamp: number, payload: Uint8Array): { readonly isReadable: boolean; readonly digit?: string } {
    if (payload.length < bytes) return { isReadable: false };
    const event = payload[0] ?? 0;
    const duration = ((payload[2] ?? 0) << 8) | (payload[3] ?? 0);
    const last = this.#last;
    const ahead = last ? (timestamp - last.timestamp) | 0 : 1;
    if (last && ahead <= 0) {
      if (ahead === 0) last.duration = Math.max(last.duration, duration);
      return { isReadable: true };
    }
    const isContinued = last?.event === event && ahead === longest && last.duration === longest;
    this.#last = { event, timestamp, duration };
    const digit = isContinued ? undefined : digits[event];
    return digit === undefined ? { isReadable: true } : { isReadable: true, digit };
  }
}
