/** The accounts of subscribers: made by `subscribers add`, and kept with the other secrets. */
import type { AccountFiles } from "../nats/files.ts";
import { type AccountContent, accountUser, newSeed, publicKeyOf, readAccount } from "../nats/jwt.ts";
import { keepAccount } from "../nats/keep-account.ts";
import { type Grant, grants, subscriberImports } from "../nats/subscriber-rights.ts";

/** Bodies that a subscriber sends are acknowledgements and questions. */
const limits = {
  conn: 16,
  subs: 1_000,
  payload: 64 * 1024,
  data: -1,
  leaf: 0,
  imports: -1,
  exports: 0,
  wildcards: true,
} as const;

const tag = "subscriber";
const readTag = "read:";
/** All users of an account. */
export const everybody = "*";

export type Subscriber = { readonly name: string; readonly account: string; readonly read: readonly Grant[] };

export function subscriberContent(name: string, read: readonly Grant[], veche: string): AccountContent {
  return {
    name,
    limits,
    imports: subscriberImports(name, read, veche),
    tags: [tag, ...read.map((grant) => `${readTag}${grant}`)],
  };
}

/** Undefined where the JWT is of another account, or of a subscriber that was removed. */
export function readSubscriber(jwt: string): Subscriber | undefined {
  const { name, key, tags, revocations } = readAccount(jwt);
  if (!tags.includes(tag) || everybody in revocations) return undefined;
  return { name, account: key, read: grants.filter((grant) => tags.includes(`${readTag}${grant}`)) };
}

export function subscriberFiles(name: string) {
  return {
    seed: `subscribers/${name}/account.nk`,
    jwt: `subscribers/${name}/account.jwt`,
    creds: `subscribers/${name}/${name}.creds`,
  } as const;
}

type Installed = {
  readonly files: AccountFiles;
  readonly resolver: string | undefined;
  readonly operatorSeed: string;
  readonly veche: string;
};

/** What is known here of subscribers, as the present release grants it; by public key. */
export async function keepSubscribers(given: Installed): Promise<ReadonlyMap<string, string>> {
  const kept = new Map<string, string>();
  for (const name of given.files.names("subscribers")) {
    const jwt = given.files.read(subscriberFiles(name).jwt);
    const known = jwt === undefined ? undefined : readSubscriber(jwt);
    if (known) kept.set(known.account, await keepSubscriber(given, name, known.read));
  }
  return kept;
}

export async function keepSubscriber(given: Installed, name: string, read: readonly Grant[]): Promise<string> {
  const { files, veche } = given;
  const paths = subscriberFiles(name);
  const seed = files.ensure(paths.seed, () => newSeed("account"));
  if (files.read(paths.creds) === undefined) files.write(paths.creds, (await accountUser(name, seed)).creds);
  return keepAccount({
    ...given,
    key: publicKeyOf(seed),
    file: paths.jwt,
    // Removed from another host: it stays so.
    content: (revocations) =>
      everybody in revocations
        ? removedContent(name, revocations)
        : { ...subscriberContent(name, read, veche), revocations },
  });
}

export function removedContent(name: string, revocations: Readonly<Record<string, number>>): AccountContent {
  return { name, limits: { ...limits, conn: 0 }, tags: [tag], revocations };
}
