import type { TimerHeaders } from "../session-timer.ts";
import type { Headers, SipMessage } from "./link.ts";

export const allow: Headers = { Allow: "ACK, BYE, CANCEL, INFO, INVITE, NOTIFY, OPTIONS, REFER, UPDATE" };

export function timerHeadersOf(message: SipMessage): TimerHeaders {
  return {
    sessionExpires: message.header("session-expires") ?? message.header("x"),
    minSe: message.header("min-se"),
    isSupported: /\btimer\b/i.test(`${message.header("supported")} ${message.header("require")}`),
  };
}

export function knowsUpdate(message: SipMessage): boolean {
  return /\bUPDATE\b/.test(message.header("allow") ?? "");
}

/** Whole lines as drachtio-srf wants them. */
export function headersFrom(lines: readonly string[]): Headers {
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );
}
