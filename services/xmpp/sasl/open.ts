import type { Clock } from "@veche/kit/clock.ts";
import type { LiveSettingsWatch } from "@veche/kit/live-settings.ts";
import type { Log } from "@veche/kit/log.ts";
import type { AccountLookup } from "../accounts/account.ts";
import type { Config } from "../config.ts";
import type { Domains } from "../domains.ts";
import type { Limits } from "../limits.ts";
import type { XmppMetrics } from "../metrics.ts";
import type { Sessions } from "../stream/sessions.ts";
import { TokenAuth } from "../tokens/token-auth.ts";
import { openHolders } from "./holders.ts";
import { Passwords } from "./passwords.ts";
import { SignIn } from "./sign-in.ts";

type Given = {
  readonly config: Config;
  readonly domains: Domains;
  readonly accounts: AccountLookup;
  readonly settings: LiveSettingsWatch;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: XmppMetrics;
};

/** Everything sign-in is made of. Rejects where the settings can't be used. */
export async function openSignIn(
  given: Given,
): Promise<{ readonly signIn: SignIn; readonly tokens: TokenAuth; readonly passwords: Passwords }> {
  const { config, domains, accounts, settings, sessions, clock, limits, log, metrics } = given;
  const tokens = await TokenAuth.open(config, { clock, log, limits: limits.tokens });
  const isByTokenOnly = config.AUTH_TYPE === "jwt";
  if (isByTokenOnly && !tokens.isConfigured) {
    throw new Error(
      "AUTH_TYPE=jwt: expected JWT_APP_SECRET, JWT_PUBLIC_KEY_FILE, JWT_JWKS_URL or JWT_ASAP_KEYSERVER, found none",
    );
  }
  const passwords = new Passwords(await openHolders(config, domains, accounts), clock, limits.bruteForce);
  const signIn = new SignIn({ domains, settings, passwords, tokens, sessions, metrics, isByTokenOnly });
  return { signIn, tokens, passwords };
}
