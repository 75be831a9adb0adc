import { LiveSettingsWatch, locksOf } from "@veche/kit/live-settings.ts";
import { AccountDirectory } from "../accounts/directory.ts";
import { Logins } from "../sasl/logins.ts";
import { openSignIn } from "../sasl/open.ts";
import type { Base, RoomParts } from "./rooms.ts";

export type PeopleParts = Awaited<ReturnType<typeof openPeople>>;

/** Who there is, and how they sign in; `stack` closes it. */
export async function openPeople(base: Base, { sessions, keeper }: RoomParts, stack: AsyncDisposableStack) {
  const { bus, clock, config, limits, log } = base;
  const settings = stack.use(await LiveSettingsWatch.open(bus, { locked: locksOf(config) }));
  const accounts = stack.use(await AccountDirectory.open(bus, { clock, log, limits: limits.accounts }));
  const { signIn, tokens, passwords } = await openSignIn({ ...base, accounts, settings, sessions });
  stack.use(tokens);
  const logins = new Logins({
    ...base,
    accounts,
    lifetimeMs: config.JICOFO_AUTH_LIFETIME,
    perAccount: limits.loginsPerAccount,
    keep: (hash, login) => keeper.keepLogin(hash, login),
  });
  return { settings, accounts, signIn, tokens, passwords, logins };
}
