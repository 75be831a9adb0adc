/** Headers as drachtio-srf has them. */
import { allowedMethods } from "../methods.ts";
import { readTimerHeaders, type TimerHeaders } from "../session-timer.ts";
import type { Headers, SipMessage } from "./link.ts";

export const allow: Headers = { Allow: allowedMethods.join(", ") };

export function timerHeadersOf(message: SipMessage): TimerHeaders {
  return readTimerHeaders((name) => message.header(name));
}

/** Of whole lines. */
export function headersFrom(lines: readonly string[]): Headers {
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
}
