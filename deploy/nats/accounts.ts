/**
 * The accounts of an installation on NATS (services/decisions/0017-nats-accounts.md): an operator, its system account and the
 * account VECHE, in which each role is a signing key that carries the role's rights. Made at first start and kept; what the
 * tables of proto/ say is looked at again at each start. Used by commands that end, never by a process that stays.
 */
import { join } from "node:path";
import { keepSubscribers } from "../subscribers/accounts.ts";
import { AccountFiles } from "./files.ts";
import {
  type AccountContent,
  accountUser,
  newSeed,
  operatorJwt,
  publicKeyOf,
  type Revocations,
  readCreds,
  scopedKey,
  scopedUser,
} from "./jwt.ts";
import { keepAccount } from "./keep-account.ts";
import { type NatsUser, natsUsers } from "./permissions.ts";
import { subscriberExports } from "./subscriber-rights.ts";

export type Accounts = {
  readonly files: AccountFiles;
  readonly operator: { readonly seed: string; readonly jwt: string };
  /** Public keys. */
  readonly system: string;
  readonly veche: string;
  /** Every account's JWT by its public key: what a server has to know before anybody can push it anything. */
  readonly preload: ReadonlyMap<string, string>;
};

const unlimited = {
  data: -1,
  payload: -1,
  subs: -1,
  conn: -1,
  leaf: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
} as const;

/** The server's own limits (nats.conf) hold; none of the account's comes before them. */
const storage = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 } as const;

/** `resolver`: the folder in which nats-server keeps the JWTs it was given, where there is one already. */
export async function ensureAccounts(secretsDirectory: string, resolver?: string): Promise<Accounts> {
  const files = new AccountFiles(secretsDirectory);
  const operatorSeed = seedOf(files, "operator", "operator");
  const systemSeed = seedOf(files, "system", "account");
  const system = publicKeyOf(systemSeed);
  const veche = publicKeyOf(seedOf(files, "account", "account"));
  const signers = vecheSigners(files);

  const operator = files.read("operator.jwt")?.trim() ?? (await operatorJwt("veche", operatorSeed, system));
  files.write("operator.jwt", `${operator}\n`);
  const keep = (key: string, file: string, content: (revoked: Revocations) => AccountContent) =>
    keepAccount({ files, key, file, resolver, operatorSeed, content });
  const systemJwt = await keep(system, "system.jwt", () => ({ name: "SYS", limits: unlimited }));
  const vecheJwt = await keep(veche, "account.jwt", (revocations) => vecheAccount(signers, revocations));

  for (const { user, seed } of signers) await ensureCreds(files, user.name, seed, veche);
  await ensureSystemCreds(files, systemSeed);
  const subscribers = await keepSubscribers({ files, resolver, operatorSeed, veche });
  const preload = new Map([[system, systemJwt], [veche, vecheJwt], ...subscribers]);
  return { files, operator: { seed: operatorSeed, jwt: operator }, system, veche, preload };
}

/** The file of a user's credentials: a role, `operator` (the person), `system` (pushes JWTs of accounts). */
export function credsFileOf(secretsDirectory: string, user: string): string {
  return join(secretsDirectory, "nats", "creds", `${user}.creds`);
}

type Signer = { readonly user: NatsUser; readonly seed: string };

/** The keys that sign users of the account VECHE, one for each kind of user. */
export function vecheSigners(files: AccountFiles): readonly Signer[] {
  return natsUsers.map((user) => ({ user, seed: seedOf(files, `role-${user.name}`, "account") }));
}

function seedOf(files: AccountFiles, name: string, kind: "operator" | "account"): string {
  return files.ensure(`keys/${name}.nk`, () => newSeed(kind));
}

/** What the account VECHE is: made of the tables, and of whom it has cut off. */
export function vecheAccount(signers: readonly Signer[], revocations: Revocations): AccountContent {
  return {
    name: "VECHE",
    limits: { ...unlimited, ...storage },
    signingKeys: signers.map(({ user, seed }) => scopedKey(seed, user)),
    exports: subscriberExports,
    revocations,
  };
}

async function ensureCreds(files: AccountFiles, role: string, seed: string, account: string): Promise<void> {
  const name = `creds/${role}.creds`;
  if (signerOf(files.read(name)) === publicKeyOf(seed)) return;
  files.write(name, (await scopedUser(role, seed, account)).creds);
}

async function ensureSystemCreds(files: AccountFiles, seed: string): Promise<void> {
  const name = "creds/system.creds";
  if (signerOf(files.read(name)) === publicKeyOf(seed)) return;
  files.write(name, (await accountUser("system", seed)).creds);
}

/** Undefined where there are none, or damaged ones: they are made again. */
function signerOf(creds: string | undefined): string | undefined {
  try {
    return creds === undefined ? undefined : readCreds(creds).signer;
  } catch {
    return undefined;
  }
}
