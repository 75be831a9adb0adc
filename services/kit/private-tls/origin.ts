import { VecheError } from "../errors.ts";
import type { Log } from "../log.ts";
import { originOf } from "../own-address.ts";
import type { PrivateTls } from "./private-tls.ts";

export type OriginRules = {
  /** The setting by which the operator says it, and what was said; "": nothing. */
  readonly setting: string;
  readonly given: string;
  readonly host: () => string;
  readonly port: () => number;
};

/**
 * What a process tells others of where its private HTTP is: https where it has a certificate for it. A certificate that
 * does not name the host is warned of here, since who is refused with it is elsewhere.
 */
export function tellOrigin(rules: OriginRules, tls: PrivateTls | undefined, log: Log): () => string {
  const { setting, given, host, port } = rules;
  const scheme = tls === undefined ? "http:" : "https:";
  if (given !== "" && new URL(given).protocol !== scheme)
    throw new VecheError(
      "invalid-argument",
      `${setting}: expected ${scheme}//… where VECHE_PRIVATE_TLS_CERT_FILE is ${tls ? "given" : "not"}, found "${given}"`,
    );
  const warned = new Set<string>();
  return () => {
    const origin = given === "" ? originOf(host(), port(), tls !== undefined) : new URL(given).origin;
    const name = new URL(origin).hostname.replace(/^\[|\]$/g, "");
    if (tls?.names(name) === false && !warned.has(name)) {
      warned.add(name);
      log.warn({ origin }, "the private certificate does not name this host: others will refuse it");
    }
    return origin;
  };
}
