import { personId } from "@veche/proto/ids.ts";
import type { Account, AccountLookup } from "../accounts/account.ts";
import type { Config } from "../config.ts";
import { deriveCredential, prepareName, preparePassword, scramMechanisms } from "../domain/scram.ts";
import type { Domains } from "../domains.ts";
import { anonymous, type Identity } from "../stream/identity.ts";
import type { Holder, HolderLookup } from "./passwords.ts";

type ServiceConfig = Pick<
  Config,
  "AUTH_TYPE" | "JIBRI_RECORDER_USER" | "JIBRI_RECORDER_PASSWORD" | "JIGASI_XMPP_USER" | "JIGASI_XMPP_PASSWORD"
>;

/** Who signs in by name where: people on the main domain, recorders on the hidden one, gateways on that of the focus. */
export async function openHolders(
  config: ServiceConfig,
  domains: Domains,
  accounts: AccountLookup,
): Promise<HolderLookup> {
  const services = new Map<string, Holder>();
  const given = [
    [domains.hidden, config.JIBRI_RECORDER_USER, config.JIBRI_RECORDER_PASSWORD],
    [domains.auth, config.JIGASI_XMPP_USER, config.JIGASI_XMPP_PASSWORD],
  ] as const;
  for (const [domain, user, password] of given) {
    if (password === "") continue;
    const holder = await serviceHolder(user, password);
    const address = `${holder.name}@${domain}`;
    // However it is spelled: clients obey who has this address.
    if (address === domains.focusBareJid) throw new Error(`"${user}" is the focus's own name`);
    services.set(address, holder);
  }
  return (domain, name) => {
    if (domain !== domains.main) return services.get(`${name}@${domain}`);
    const account = config.AUTH_TYPE === "jwt" ? undefined : accounts.find(name);
    return account && accountHolder(account, domains);
  };
}

async function serviceHolder(user: string, password: string): Promise<Holder> {
  const name = prepareName(user);
  const prepared = preparePassword(password);
  if (name === undefined) throw new Error(`"${user}" can't be the name of a service's account`);
  if (prepared === undefined) throw new Error(`the password of the service's account "${user}" can't be used`);
  const credentials = await Promise.all(scramMechanisms.map((mechanism) => deriveCredential(mechanism, prepared)));
  return { name, credentials, isDisabled: false, identity: { ...anonymous, kind: "service", userId: name } };
}

function accountHolder(account: Account, domains: Domains): Holder {
  const { name, credentials, isDisabled } = account;
  return { name, credentials, isDisabled, identity: accountIdentity(account, domains) };
}

export function accountIdentity(account: Account, domains: Pick<Domains, "main">): Identity {
  const { name, displayName, email, role, group } = account;
  return {
    ...anonymous,
    kind: "account",
    // Also where they come as a guest whose browser signed in before.
    person: personId(`${name}@${domains.main}`),
    userId: name,
    displayName,
    email,
    group,
    accountRole: role,
    isEntitledModerator: role === "administrator" || role === "teacher",
  };
}
