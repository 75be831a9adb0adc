import type { Effect } from "../domain/effects.ts";

type Client = {
  readonly session: string;
  /** SSRCs by source name. */
  readonly remote: Map<string, string>;
};

/** What clients heard, and what of it no focus may say to them. */
export class RandomClients {
  readonly #clients = new Map<string, Client>();
  readonly faults: string[] = [];

  hear(effect: Effect): void {
    switch (effect.type) {
      case "initiate-session": {
        const known = effect.offer.sources.filter(({ owner }) => owner !== "jvb");
        const remote = new Map(known.map(({ name, ssrcs }) => [name, ssrcs.join()]));
        this.#clients.set(effect.endpoint, { session: effect.jingleSession, remote });
        return;
      }
      case "end-session":
        this.#clients.delete(effect.endpoint);
        return;
      case "announce-sources":
        this.#tell(effect, (client) => {
          for (const { name, owner, ssrcs } of effect.sources) {
            if (client.remote.has(name)) this.faults.push(`${effect.endpoint} was told ${name} twice`);
            if (owner === effect.endpoint) this.faults.push(`${owner} was told of itself`);
            client.remote.set(name, ssrcs.join());
          }
        });
        return;
      case "withdraw-sources":
        this.#tell(effect, (client) => {
          for (const { name } of effect.sources) client.remote.delete(name);
        });
        return;
      default:
    }
  }

  /** It has left; the others forget its sources by themselves. */
  leave(endpoint: string): void {
    this.#clients.delete(endpoint);
    for (const { remote } of this.#clients.values()) {
      for (const name of [...remote.keys()]) if (name.startsWith(`${endpoint}-`)) remote.delete(name);
    }
  }

  /** It has ended that session itself, or there is nothing left of it. */
  end(endpoint: string, session = this.#clients.get(endpoint)?.session): void {
    if (this.#clients.get(endpoint)?.session === session) this.#clients.delete(endpoint);
  }

  /** What was to be withdrawn as the focus died is withdrawn all the same. */
  keep(isKnown: (endpoint: string, name: string, ssrcs: string) => boolean): void {
    for (const [endpoint, { remote }] of this.#clients) {
      for (const [name, ssrcs] of [...remote]) if (!isKnown(endpoint, name, ssrcs)) remote.delete(name);
    }
  }

  clear(): void {
    this.#clients.clear();
  }

  sessions(): ReadonlyMap<string, string> {
    return new Map([...this.#clients].map(([endpoint, { session }]) => [endpoint, session]));
  }

  remoteOf(endpoint: string): ReadonlyMap<string, string> {
    return this.#clients.get(endpoint)?.remote ?? new Map<string, string>();
  }

  #tell(to: { readonly endpoint: string; readonly jingleSession: string }, act: (client: Client) => void): void {
    const client = this.#clients.get(to.endpoint);
    if (client?.session === to.jingleSession) act(client);
    else this.faults.push(`${to.endpoint} heard of session ${to.jingleSession}, it has ${client?.session ?? "none"}`);
  }
}
