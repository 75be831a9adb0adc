import type { Clock, Timer } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { isLoopback } from "@veche/kit/local-address.ts";
import type { Log } from "@veche/kit/log.ts";
import type { Reach, Target } from "@veche/kit/stun/reach.ts";
import type { Config } from "../config.ts";
import { describeUnreachable } from "../domain/address-warning.ts";
import { type FoundAddresses, formatEndpoint, isPrivateAddress, nothingFound } from "./addresses.ts";
import type { LocalCandidate, LocalTransport, MediaEngine } from "./media-engine.ts";
import { readStunServer } from "./stun-mapping.ts";
import type { Warning, Warnings } from "./warnings.ts";

const checkPeriodMs = 60_000;
/** A host that gets another address tells newcomers at once; the check follows within this. */
const changePeriodMs = 5_000;

export type PortRange = { readonly first: number; readonly last: number };

export type AddressWatchEdges = {
  readonly reach: Reach;
  readonly askMapped: (host: string, port: number) => Promise<string | undefined>;
  /** Addresses of the host at which its published ports can be tried: the way out of a container. */
  readonly publishers: () => readonly string[];
  readonly warnings: Pick<Warnings, "replace">;
  readonly clock: Clock;
  readonly log: Log;
};

export type AddressWatchRules = {
  readonly stunServers: readonly { readonly host: string; readonly port: number }[];
  readonly udpPorts: PortRange | undefined;
  readonly tcpPorts: PortRange | undefined;
};

/** More than these are not tried. */
const publishedPortsAtMost = 100;

export function readWatchRules(config: Config): AddressWatchRules {
  return {
    stunServers: (config.JVB_DISABLE_STUN ? [] : config.JVB_STUN_SERVERS).map((text) => {
      const server = readStunServer(text);
      if (server) return server;
      throw new VecheError(
        "invalid-argument",
        `JVB_STUN_SERVERS: expected servers like stun.example.org:3478, found "${text}"`,
      );
    }),
    udpPorts: readRange("VECHE_PUBLISHED_PORTS", config.VECHE_PUBLISHED_PORTS),
    tcpPorts: readRange("VECHE_PUBLISHED_TCP_PORTS", config.VECHE_PUBLISHED_TCP_PORTS),
  };
}

function readRange(setting: string, text: string): PortRange | undefined {
  if (text === "") return undefined;
  const [first = 0, last = first] = text.split("-").map(Number);
  if (first > 0 && last <= 65535 && last >= first && last - first < publishedPortsAtMost) return { first, last };
  throw new VecheError(
    "invalid-argument",
    `${setting}: expected at most ${publishedPortsAtMost} ports, from low to high, found "${text}"`,
  );
}

/**
 * Finds out where clients reach this bridge, and keeps an eye on it: asks STUN servers for its public address, tries
 * which published port leads here, and reaches itself at every address that clients are told of.
 */
export class AddressWatch {
  found: FoundAddresses = nothingFound;
  readonly #rules: AddressWatchRules;
  readonly #edges: AddressWatchEdges;
  #engine: MediaEngine | undefined;
  #timer: Timer | undefined;
  #checkedAt = 0;
  #checked = "";
  #checking: Promise<void> | undefined;

  constructor(rules: AddressWatchRules, edges: AddressWatchEdges) {
    this.#rules = rules;
    this.#edges = edges;
  }

  /** What clients have to be told is known when this ends; whether it is true is found out after that. */
  async start(engine: MediaEngine): Promise<void> {
    this.#engine = engine;
    await this.#find(engine);
    void this.check();
    this.#timer = this.#edges.clock.every(changePeriodMs, () => this.#look(engine));
  }

  close(): void {
    this.#timer?.cancel();
    this.#engine = undefined;
  }

  /** Those who ask while it is done wait for the same check. */
  check(): Promise<void> {
    const engine = this.#engine;
    if (!engine) return Promise.resolve();
    this.#checking ??= this.#check(engine)
      .catch((error: unknown) => this.#edges.log.debug({ err: error }, "the addresses could not be checked"))
      .finally(() => {
        this.#checking = undefined;
      });
    return this.#checking;
  }

  #look(engine: MediaEngine): void {
    const isDue = this.#edges.clock.now() - this.#checkedAt >= checkPeriodMs;
    if (isDue) void this.#find(engine).then(() => this.check());
    else if (engine.addresses().join() !== this.#checked) void this.check();
  }

  async #find(engine: MediaEngine): Promise<void> {
    const { stunServers, udpPorts, tcpPorts } = this.#rules;
    const [mapped, udpPort, tcpPort] = await Promise.all([
      this.#askStun(stunServers),
      this.#findPort(engine, "udp", udpPorts),
      this.#findPort(engine, "tcp", tcpPorts),
    ]);
    const ports = { ...(udpPort === undefined ? {} : { udpPort }), ...(tcpPort === undefined ? {} : { tcpPort }) };
    this.found = { mapped, ...ports };
  }

  async #askStun(servers: AddressWatchRules["stunServers"]): Promise<string[]> {
    const answers = await Promise.all(
      servers.map(async ({ host, port }) => ({ host, port, ip: await this.#edges.askMapped(host, port) })),
    );
    const silent = answers.filter(({ ip }) => ip === undefined);
    const warnings = silent.map(({ host, port }) => ({
      kind: "stun-unanswered",
      text: `the STUN server ${formatEndpoint(host, port)} does not say this bridge's public address: correct JVB_STUN_SERVERS, or name the address in JVB_ADVERTISE_IPS`,
    }));
    this.#edges.warnings.replace(["stun-unanswered"], warnings);
    return [...new Set(answers.flatMap(({ ip }) => (ip === undefined ? [] : [ip])))];
  }

  /** The one of the published ports at which this very bridge answers; the first where none is seen to. */
  async #findPort(
    engine: MediaEngine,
    protocol: "udp" | "tcp",
    range: PortRange | undefined,
  ): Promise<number | undefined> {
    if (!range) return undefined;
    if (range.first === range.last) return range.first;
    const ports = Array.from({ length: range.last - range.first + 1 }, (_, index) => range.first + index);
    return this.#withTransport(engine, 0, async (local) => {
      const hosts = this.#edges.publishers().filter((ip) => !isLoopback(ip));
      const targets = hosts.flatMap((ip) => ports.map((port): Target => ({ ip, port, protocol })));
      const reached = await Promise.all(
        targets.map(async (target) => ((await this.#edges.reach(local, target)) === "reached" ? [target.port] : [])),
      );
      const [port] = reached.flat();
      return port ?? (protocol === "udp" ? this.found.udpPort : this.found.tcpPort) ?? range.first;
    });
  }

  async #check(engine: MediaEngine): Promise<void> {
    this.#checkedAt = this.#edges.clock.now();
    this.#checked = engine.addresses().join();
    const warnings: Warning[] = [];
    for (let worker = 0; worker < engine.workers; worker += 1)
      warnings.push(...(await this.#withTransport(engine, worker, (local) => this.#checkAll(local))));
    if (this.#engine) this.#edges.warnings.replace(["address-unreachable"], warnings);
  }

  async #checkAll(local: LocalTransport): Promise<Warning[]> {
    // Where ports are published from a container, loopback is the host's for clients and another one here.
    const isPublished = this.#rules.udpPorts !== undefined || this.#rules.tcpPorts !== undefined;
    const candidates = local.candidates.filter(({ ip }) => !(isPublished && isLoopback(ip)));
    const checked = await Promise.all(
      candidates.map(async (candidate) => ({ candidate, result: await this.#edges.reach(local, candidate) })),
    );
    return checked
      .filter(({ result }) => result !== "reached")
      .map(({ candidate, result }) => toWarning(candidate, result === "stranger"));
  }

  async #withTransport<T>(
    engine: MediaEngine,
    worker: number,
    action: (local: LocalTransport) => Promise<T>,
  ): Promise<T> {
    const router = await engine.openRouter(undefined, worker);
    try {
      return await action((await router.createTransport()).local);
    } finally {
      router.close();
    }
  }
}

function toWarning({ ip, port, protocol }: LocalCandidate, isStranger: boolean): Warning {
  const address = `${formatEndpoint(ip, port)}/${protocol}`;
  const isPrivate = isPrivateAddress(ip);
  return { kind: "address-unreachable", text: describeUnreachable({ address, protocol, port, isPrivate, isStranger }) };
}
