/** Session timers (RFC 4028): who refreshes, how often, and when a call that nobody refreshes is over. Pure. */

export type TimerRules = { readonly expires: number; readonly min: number };

export type SessionTimer = {
  /** Seconds. */
  readonly expires: number;
  readonly isRefresher: boolean;
};

/** What the headers of a request or an answer say of it. */
export type TimerHeaders = {
  readonly sessionExpires: string | undefined;
  readonly minSe: string | undefined;
  /** Supported: timer. */
  readonly isSupported: boolean;
};

/** `header` gives the value of a header by its lower-case name, also by a compact one (RFC 4028, 4; RFC 3261, 20.37). */
export function readTimerHeaders(header: (name: string) => string | undefined): TimerHeaders {
  return {
    sessionExpires: header("session-expires") ?? header("x"),
    minSe: header("min-se"),
    isSupported: /\btimer\b/i.test(`${header("supported") ?? header("k")} ${header("require")}`),
  };
}

type Said = { readonly expires: number; readonly refresher: "uac" | "uas" | undefined };

/** `1800;refresher=uac`; undefined: nothing that can be read. */
export function readSessionExpires(value: string | undefined): Said | undefined {
  const match = /^\s*(\d{1,9})\s*(;.*)?$/.exec(value ?? "");
  if (!match) return undefined;
  const refresher = /;\s*refresher\s*=\s*(uac|uas)\b/i.exec(match[2] ?? "")?.[1]?.toLowerCase();
  return { expires: Number(match[1]), refresher: refresher as Said["refresher"] };
}

export type Answered =
  | { readonly tooSmall: true; readonly headers: readonly string[] }
  | { readonly tooSmall: false; readonly headers: readonly string[]; readonly timer: SessionTimer };

/**
 * As who answers an INVITE, re-INVITE or UPDATE: 422 where they want it shorter than we do; the caller refreshes where it
 * can, else we do (RFC 4028, 9).
 */
export function answerTimer(asked: TimerHeaders, rules: TimerRules): Answered {
  const said = readSessionExpires(asked.sessionExpires);
  if (said && asked.isSupported && said.expires < rules.min)
    return { tooSmall: true, headers: [`Min-SE: ${rules.min}`] };
  const wished = Math.min(said?.expires ?? rules.expires, rules.expires);
  const expires = Math.max(wished, rules.min, Number(asked.minSe) || 0);
  const refresher = asked.isSupported ? (said?.refresher ?? "uac") : "uas";
  return {
    tooSmall: false,
    headers: [`Session-Expires: ${expires};refresher=${refresher}`, ...(asked.isSupported ? ["Require: timer"] : [])],
    timer: { expires, isRefresher: refresher === "uas" },
  };
}

/** Headers of a request of ours. */
export function askTimer(rules: TimerRules, refresher?: "uac" | "uas"): readonly string[] {
  return [`Session-Expires: ${rules.expires}${refresher ? `;refresher=${refresher}` : ""}`, `Min-SE: ${rules.min}`];
}

/** As who asked. An answer without the header comes from one who knows no timers: then we refresh alone. */
export function acceptTimer(answer: TimerHeaders, rules: TimerRules): SessionTimer {
  const said = readSessionExpires(answer.sessionExpires);
  if (!said) return { expires: rules.expires, isRefresher: true };
  return { expires: Math.max(said.expires, 1), isRefresher: said.refresher !== "uas" };
}

/** When the refresher refreshes: half of the time (RFC 4028, 10). */
export function refreshAfterMs({ expires }: SessionTimer): number {
  return expires * 500;
}

/** When the other one gives up: 32 s before the end, or a third of it where that is more of it (RFC 4028, 10). */
export function giveUpAfterMs({ expires }: SessionTimer): number {
  return (expires - Math.min(32, expires / 3)) * 1000;
}
