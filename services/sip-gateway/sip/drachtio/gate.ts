/** Who may come in: trunks by what they registered or by their address, others at a rate, scanners not at all. */
import { BlockList, isIPv6 } from "node:net";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { contactTokenOf } from "../contact-token.ts";
import { scanners } from "../limits.ts";
import type { Source, Trunk } from "../signalling.ts";
import { addressesOf, findServers, type Server } from "../trunk-addresses.ts";
import { limits } from "./limits.ts";
import type { SipMessage } from "./link.ts";

export type Entry = { readonly trunk: number | undefined } | "silence" | 403 | 513;

/** How often names of servers are asked for: all known, and while one is not. */
const lookEveryMs = { known: 60_000, unknown: 5_000 };
const rateWindowMs = 2_000;
const isScanner = new RegExp(scanners, "i");

export type GateOptions = {
  readonly trunks: readonly Trunk[];
  readonly allowsUnknown: boolean;
  readonly clock: Clock;
};

export class Gate implements Disposable {
  /** Stand in the contacts that are registered, by trunk. */
  readonly tokens: readonly (string | undefined)[];
  readonly #trunks: readonly Trunk[];
  readonly #allowsUnknown: boolean;
  readonly #clock: Clock;
  readonly #counts = new Map<string, number>();
  readonly #forgetting: Timer;
  #looking: Timer;
  #isDisposed = false;
  #servers: readonly (readonly Server[])[];
  #lists: readonly BlockList[];

  private constructor(given: GateOptions, servers: readonly (readonly Server[])[]) {
    this.#trunks = given.trunks;
    this.#allowsUnknown = given.allowsUnknown;
    this.#clock = given.clock;
    this.tokens = given.trunks.map(contactTokenOf);
    this.#servers = servers;
    this.#lists = this.#makeLists();
    this.#forgetting = given.clock.every(rateWindowMs, () => this.#counts.clear());
    this.#looking = this.#lookAgain();
  }

  static async open(given: GateOptions): Promise<Gate> {
    return new Gate(given, await Promise.all(given.trunks.map(findServers)));
  }

  /** Where a trunk's server is just now. */
  serverOf(trunk: number): Server | undefined {
    return this.#servers[trunk]?.[0];
  }

  /** For what begins something: INVITE and OPTIONS. */
  enter(message: SipMessage, source: Source): Entry {
    const trunk = this.#trunkOf(message.uri, source.address);
    const isTooBig = message.size > limits.messageBytes;
    if (trunk !== undefined) return isTooBig ? 513 : { trunk };
    if (isScanner.test(message.header("user-agent") ?? "") || !this.#isSlow(source.address)) return "silence";
    if (isTooBig) return 513;
    if (message.method === "INVITE" && !this.#allowsUnknown) return 403;
    return { trunk: undefined };
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#forgetting.cancel();
    this.#looking.cancel();
  }

  /** By the token of a registration, then by the address, there first by the account that is called. */
  #trunkOf(uri: string, address: string): number | undefined {
    const token = /;veche=([0-9a-f]{24})(?:[;?]|$)/.exec(uri)?.[1];
    const user = /^sips?:([^@;]*)@/i.exec(uri)?.[1];
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    const isFrom = (index: number) => this.#lists[index]?.check(address, family) === true;
    const found = [
      token === undefined ? -1 : this.tokens.indexOf(token),
      this.#trunks.findIndex(({ account }, index) => account !== undefined && account.user === user && isFrom(index)),
      this.#trunks.findIndex((_, index) => isFrom(index)),
    ];
    return found.find((index) => index !== -1);
  }

  #isSlow(address: string): boolean {
    const count = this.#counts.get(address) ?? 0;
    if (count === 0 && this.#counts.size >= limits.countedAddresses) return false;
    this.#counts.set(address, count + 1);
    return count < limits.requestsInTwoSeconds;
  }

  #makeLists(): BlockList[] {
    return this.#trunks.map(({ addresses }, index) => {
      const list = new BlockList();
      for (const range of addresses.length > 0 ? addresses : addressesOf(this.#servers[index] ?? [])) {
        const [address = "", bits] = range.split("/");
        const family = isIPv6(address) ? "ipv6" : "ipv4";
        list.addSubnet(address, bits === undefined ? (family === "ipv6" ? 128 : 32) : Number(bits), family);
      }
      return list;
    });
  }

  #lookAgain(): Timer {
    const isKnown = this.#servers.every((found) => found.length > 0);
    return this.#clock.after(lookEveryMs[isKnown ? "known" : "unknown"], () => void this.#look());
  }

  async #look(): Promise<void> {
    const found = await Promise.all(this.#trunks.map(findServers));
    // A name server that is away just now takes no trunk away.
    this.#servers = found.map((servers, index) => (servers.length > 0 ? servers : (this.#servers[index] ?? [])));
    this.#lists = this.#makeLists();
    if (!this.#isDisposed) this.#looking = this.#lookAgain();
  }
}
