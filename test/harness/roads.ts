/**
 * The roads between hosts: network namespaces, each with an address in a network of its own, and a router among them. The
 * machine itself is one of the hosts. Addresses are of 198.18.0.0/15, which RFC 2544 keeps for tests.
 */
import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
/** The router's links take it for a name: 15 characters are the most. */
const prefix = `v${process.pid}`;
const router = `${prefix}r`;
const here = 0;
/** Of no host by itself: as routers and servers hand one to whoever lives. */
export const movingAddress = "198.19.0.1";

export type Place = {
  readonly name: string;
  readonly address: string;
  /** Its network namespace; undefined: this machine itself. */
  readonly namespace: string | undefined;
};

/** Why there can be no roads here, or false. */
export function withoutRoads(): string | false {
  if (process.platform !== "linux") return "no network namespaces on this system";
  if (process.getuid?.() !== 0) return "not root: hosts of their own need network namespaces";
  for (const tool of ["ip", "nsenter", "sysctl"]) {
    try {
      execFileSync("sh", ["-c", `command -v ${tool}`], { stdio: "ignore" });
    } catch {
      return `no ${tool} here: hosts of their own need network namespaces`;
    }
  }
  return createsNamespaces();
}

function createsNamespaces(): string | false {
  try {
    execFileSync("ip", ["netns", "add", router], { stdio: "ignore" });
    execFileSync("ip", ["netns", "delete", router], { stdio: "ignore" });
    return false;
  } catch {
    return "no network namespaces can be made here (ip netns add)";
  }
}

export class Roads implements AsyncDisposable {
  readonly #namespaces = [router];
  #taker = "";
  /** The machine itself, as the other hosts reach it. */
  readonly machine: Place = { name: "this machine", address: addressOf(here), namespace: undefined };

  static async open(): Promise<Roads> {
    const roads = new Roads();
    try {
      await ip("netns", "add", router);
      await ip("-n", router, "link", "set", "lo", "up");
      await run("ip", ["netns", "exec", router, "sysctl", "-qw", "net.ipv4.ip_forward=1"]);
      await ip("link", "add", link(here), "type", "veth", "peer", "name", far(here));
      await ip("addr", "add", `${addressOf(here)}/24`, "dev", link(here));
      await ip("link", "set", link(here), "up");
      await roads.#arriveAtRouter(here);
      await ip("route", "add", "198.18.0.0/15", "via", gatewayOf(here));
      return roads;
    } catch (error) {
      await roads[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A host of that number, 1 to 254, of which each has one. */
  async lead(name: string, number: number): Promise<Place> {
    const namespace = `${prefix}h${number}`;
    await ip("netns", "add", namespace);
    this.#namespaces.push(namespace);
    await ip("-n", namespace, "link", "set", "lo", "up");
    await ip("link", "add", far(number), "type", "veth", "peer", "name", "eth0", "netns", namespace);
    await this.#arriveAtRouter(number);
    await ip("-n", namespace, "addr", "add", `${addressOf(number)}/24`, "dev", "eth0");
    await ip("-n", namespace, "link", "set", "eth0", "up");
    await ip("-n", namespace, "route", "add", "default", "via", gatewayOf(number));
    return { name, address: addressOf(number), namespace };
  }

  /** Nothing passes any more, to and from that host; those who talked to it hear nothing of it. */
  async cut({ address }: Place): Promise<void> {
    await ip("-n", router, "route", "add", "blackhole", `${address}/32`);
    await this.#policy("add", address);
  }

  async heal({ address }: Place): Promise<void> {
    await ip("-n", router, "route", "delete", "blackhole", `${address}/32`);
    await this.#policy("delete", address);
  }

  /** Nothing passes between these two any more; both reach everybody else. */
  async part(one: Place, other: Place): Promise<void> {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const)
      await this.#refuse("add", from, to);
  }

  async join(one: Place, other: Place): Promise<void> {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const)
      await this.#refuse("delete", from, to);
  }

  /** The address that moves: from now on it is that host's, and no other's. */
  async takeMoving({ namespace = "", address }: Place): Promise<void> {
    if (this.#taker !== "") await ip("-n", this.#taker, "addr", "delete", `${movingAddress}/32`, "dev", "lo");
    await ip("-n", namespace, "addr", "add", `${movingAddress}/32`, "dev", "lo");
    this.#taker = namespace;
    await ip("-n", router, "route", "replace", `${movingAddress}/32`, "via", address);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await ip("link", "delete", link(here)).catch(() => {});
    for (const namespace of this.#namespaces.reverse()) await ip("netns", "delete", namespace).catch(() => {});
  }

  async #arriveAtRouter(number: number): Promise<void> {
    await ip("link", "set", far(number), "netns", router);
    await ip("-n", router, "addr", "add", `${gatewayOf(number)}/24`, "dev", far(number));
    await ip("-n", router, "link", "set", far(number), "up");
  }

  async #refuse(what: "add" | "delete", from: Place, to: Place): Promise<void> {
    await ip("-n", router, "rule", what, "from", from.address, "to", to.address, "blackhole");
  }

  /** What comes from there. */
  async #policy(what: "add" | "delete", address: string): Promise<void> {
    await ip("-n", router, "rule", what, "from", address, "blackhole");
  }
}

/** What a command has before it that is to run there. */
export function inPlace({ namespace }: Place): readonly string[] {
  return namespace === undefined ? [] : ["ip", "netns", "exec", namespace];
}

async function ip(...args: readonly string[]): Promise<void> {
  await run("ip", args);
}

const addressOf = (number: number) => `198.18.${number}.2`;
const gatewayOf = (number: number) => `198.18.${number}.1`;
const link = (number: number) => `${prefix}l${number}`;
const far = (number: number) => `${prefix}w${number}`;
