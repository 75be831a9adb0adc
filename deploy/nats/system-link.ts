/** A connection to the system account of NATS: what its servers know of accounts, and telling them something newer. */
import { connectOnce } from "@veche/kit/nats-link.ts";
import { finalFault, whyNotConnected } from "@veche/kit/nats-sign-in.ts";
import { Fault } from "../users/fault.ts";
import { type Accounts, credsFileOf, vecheAccount, vecheSigners } from "./accounts.ts";
import { accountJwt, forGood, type Revocations, readAccount } from "./jwt.ts";

const answerMs = 5_000;

type Connection = Awaited<ReturnType<typeof connectOnce>>;

type Answer = {
  readonly data?: { readonly code?: number; readonly message?: string };
  readonly error?: { readonly code?: number; readonly description?: string };
};

export class SystemLink implements AsyncDisposable {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  static async open(given: {
    readonly url: string;
    readonly secretsDirectory: string;
    readonly caFile?: string;
  }): Promise<SystemLink> {
    const { url, secretsDirectory, caFile = "" } = given;
    const config = { url, caFile, credsFile: credsFileOf(secretsDirectory, "system") };
    try {
      return new SystemLink(await connectOnce(config, "accounts", "_INBOX"));
    } catch (error) {
      const why = finalFault(config, error)
        ? `it has other keys than ${secretsDirectory}`
        : `does Veche run? ${whyNotConnected(error)}`;
      throw new Fault("unreachable", `no connection to NATS at ${url}: ${why}`, { cause: error });
    }
  }

  /** The JWT of an account as the servers have it; undefined where they have none. */
  async lookup(account: string): Promise<string | undefined> {
    const answer = await this.#connection.request(`$SYS.REQ.ACCOUNT.${account}.CLAIMS.LOOKUP`, "", {
      timeout: answerMs,
    });
    return answer.string() || undefined;
  }

  /** Public keys of the accounts that the server knows. */
  async list(): Promise<readonly string[]> {
    const answer = await this.#connection.request("$SYS.REQ.CLAIMS.LIST", "", { timeout: answerMs });
    return answer.json<{ data?: readonly string[] }>().data ?? [];
  }

  /** Takes effect at once, on every server of a cluster. */
  async push(jwt: string): Promise<void> {
    const { key, issuedAt } = readAccount(jwt);
    const answer = (
      await this.#connection.request("$SYS.REQ.CLAIMS.UPDATE", jwt, { timeout: answerMs })
    ).json<Answer>();
    if (answer.error)
      throw new Fault("refused", `NATS refuses the account: ${answer.error.description ?? "no reason"}`);
    const kept = await this.lookup(key);
    if (kept === undefined || readAccount(kept).issuedAt <= issuedAt) return;
    const theirs = new Date(readAccount(kept).issuedAt * 1000).toISOString();
    throw new Fault("refused", `NATS was given a newer account meanwhile, of ${theirs}, and keeps it: try again`);
  }

  /** Cuts users of the account VECHE off: connections end, and their JWTs are refused from now on. */
  async revoke(accounts: Accounts, users: readonly string[]): Promise<void> {
    const { files, veche, operator } = accounts;
    const ours = files.read("account.jwt");
    const theirs = await this.lookup(veche);
    const revocations: Revocations = {
      ...readAccount(theirs ?? ours ?? "").revocations,
      ...Object.fromEntries(users.map((user) => [user, forGood])),
    };
    const content = vecheAccount(vecheSigners(files), revocations);
    const jwt = await accountJwt(veche, operator.seed, content, [ours, theirs]);
    await this.push(jwt);
    files.write("account.jwt", `${jwt}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }
}
