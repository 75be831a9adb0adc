import { type Host, isLoopbackName } from "./host.ts";
import type { Route } from "./route.ts";

export type RedirectRules = {
  readonly isEnabled: boolean;
  /** What clients have to say to reach https; 443 is left unsaid. */
  readonly httpsPort: number;
};

/**
 * Where a plain http request has to go instead, or undefined where it may stay. Camera and microphone work over https
 * and on loopback names only, so everybody else is sent on. The root certificate must be had before https is trusted.
 */
export function httpsAddress(rules: RedirectRules, host: Host, target: string, route: Route): string | undefined {
  if (!rules.isEnabled || isLoopbackName(host.name)) return undefined;
  const staysPlain: readonly Route["type"][] = [
    "well-known",
    "acme-challenge",
    "who",
    "ca-certificate",
    "ca-page",
    "refused",
  ];
  if (staysPlain.includes(route.type)) return undefined;
  return `https://${host.name}${rules.httpsPort === 443 ? "" : `:${rules.httpsPort}`}${target}`;
}
