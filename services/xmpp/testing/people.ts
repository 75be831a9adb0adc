import { systemClock } from "@veche/kit/clock.ts";
import { changeLiveSettings, type LiveSettings } from "@veche/kit/live-settings.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus, type MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { AccountDirectory } from "../accounts/directory.ts";
import { deriveCredential, scramMechanisms } from "../domain/scram.ts";
import type { AccountRole } from "../stream/identity.ts";
import type { Harness } from "./harness.ts";
import type { ScriptedClient } from "./scripted-client.ts";

/** Little work, so that tests are fast; what a server makes of a record does not depend on it. */
const iterations = 64;

/** An administrator at work beside the server: on the same bus, in a process of his own. */
export class Administrator implements AsyncDisposable {
  readonly bus: MemoryBus;
  readonly directory: AccountDirectory;
  readonly #network: MemoryNetwork;

  private constructor(network: MemoryNetwork, bus: MemoryBus, directory: AccountDirectory) {
    this.#network = network;
    this.bus = bus;
    this.directory = directory;
  }

  static async start({ network }: Pick<Harness, "network">): Promise<Administrator> {
    const bus = new MemoryBus(network, { role: "xmpp" });
    const given = { clock: systemClock, log: silentLog, limits: { inAll: 1_000 } };
    return new Administrator(network, bus, await AccountDirectory.open(bus, given));
  }

  /** Adds an account; the password is "secret of <name>". */
  async add(name: string, role: AccountRole = "teacher", displayName = `${name} of the school`): Promise<void> {
    const credentials = await Promise.all(
      scramMechanisms.map((mechanism) => deriveCredential(mechanism, passwordOf(name), { iterations })),
    );
    const password = { credentials, isOneTime: false };
    await this.directory.add({ name, displayName, email: `${name}@school.example`, role, group: "5a", password });
    await this.#network.idle();
  }

  async set(change: Partial<LiveSettings>): Promise<void> {
    await changeLiveSettings(this.bus, change, { name: "test", nowMs: Date.now() });
    await this.#network.idle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.directory[Symbol.dispose]();
    await this.bus[Symbol.asyncDispose]();
  }
}

export function passwordOf(name: string): string {
  return `secret of ${name}`;
}

/** Signed in with the password of an account, and what the client calls itself in rooms. */
export async function withAccount(harness: Harness, name: string, nick: string): Promise<ScriptedClient> {
  const client = await harness.webSocket("", { "x-forwarded-proto": "https" });
  await client.signInWith(name, passwordOf(name));
  client.nick = nick;
  return client;
}
