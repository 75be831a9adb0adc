/**
 * Slows down who guesses passwords. Wrong attempts are counted three ways, because each alone is of use to an attacker:
 * for a name at an address (after some, that pair has to rest), for an address (over its budget each name has fewer
 * attempts there), and for a name from everywhere (over its budget only addresses from which it has signed in before
 * may try). A whole school is one address: what one of it does wrong
 * leaves the others their own attempts, and nobody's right password is ever delayed.
 */
export type BruteForceRules = {
  /** Wrong attempts of one name at one address before it has to rest. */
  readonly attempts: number;
  /** The same while the address is over its budget. */
  readonly attemptsOfBusyAddress: number;
  /** How long a name rests at an address, and how long anything is remembered. */
  readonly restMs: number;
  /** Wrong attempts of an address, of whatever names, before it counts as busy. */
  readonly attemptsOfAddress: number;
  /** Names that are remembered of one address; beyond them the oldest is forgotten. */
  readonly namesOfAddress: number;
  /** Wrong attempts of a name from everywhere before only known addresses may try. */
  readonly attemptsOfName: number;
  /** The first wrong attempts are answered at once; each after them later, up to the most. */
  readonly undelayed: number;
  readonly firstDelayMs: number;
  readonly mostDelayMs: number;
  /** Addresses, and names, that are remembered; beyond them the oldest are forgotten. */
  readonly remembered: number;
};

type Count = { wrong: number; since: number };
type Address = Count & { readonly names: Map<string, Count> };
type Name = Count & { readonly known: Set<string> };

const knownAddresses = 16;

export class BruteForce {
  readonly #rules: BruteForceRules;
  readonly #addresses = new Map<string, Address>();
  readonly #names = new Map<string, Name>();

  constructor(rules: BruteForceRules) {
    this.#rules = rules;
  }

  /** Addresses and names that are remembered. */
  get size(): number {
    return this.#addresses.size + this.#names.size;
  }

  /**
   * Somebody is about to try a password: false where it is not to be looked at. Counts as wrong until `succeeded` is
   * said, so that many at once are as few as one after the other.
   */
  begin(name: string, from: string, now: number): boolean {
    const address = this.#address(networkOf(from), now);
    const account = this.#name(name, now);
    const pair = this.#pair(address, name, now);
    if (!this.#mayTry(address, account, pair, networkOf(from))) return false;
    for (const count of [address, account, pair]) count.wrong++;
    return true;
  }

  /** How long the answer to a wrong attempt waits. */
  delayMs(name: string, from: string, now: number): number {
    const { undelayed, firstDelayMs, mostDelayMs } = this.#rules;
    const address = this.#address(networkOf(from), now);
    const wrong = address.names.get(name)?.wrong ?? 0;
    const over = Math.max(wrong - undelayed, this.#isBusy(address) ? 1 : 0);
    return over <= 0 ? 0 : Math.min(mostDelayMs, firstDelayMs * 2 ** (over - 1));
  }

  succeeded(name: string, from: string, now: number): void {
    const network = networkOf(from);
    const address = this.#address(network, now);
    const account = this.#name(name, now);
    address.wrong = Math.max(0, address.wrong - 1);
    account.wrong = Math.max(0, account.wrong - 1);
    address.names.delete(name);
    account.known.delete(network);
    account.known.add(network);
    if (account.known.size > knownAddresses) account.known.delete(first(account.known));
  }

  #mayTry(address: Address, account: Name, pair: Count, network: string): boolean {
    const { attempts, attemptsOfBusyAddress, attemptsOfName } = this.#rules;
    if (pair.wrong >= (this.#isBusy(address) ? attemptsOfBusyAddress : attempts)) return false;
    return account.wrong < attemptsOfName || account.known.has(network);
  }

  #isBusy(address: Address): boolean {
    return address.wrong >= this.#rules.attemptsOfAddress;
  }

  #address(network: string, now: number): Address {
    return this.#touch(this.#addresses, network, now, () => ({ wrong: 0, since: now, names: new Map() }));
  }

  #name(name: string, now: number): Name {
    return this.#touch(this.#names, name, now, () => ({ wrong: 0, since: now, known: new Set() }));
  }

  #pair({ names }: Address, name: string, now: number): Count {
    const known = names.get(name);
    if (known && now - known.since < this.#rules.restMs) return known;
    const fresh = { wrong: 0, since: now };
    names.delete(name);
    names.set(name, fresh);
    if (names.size > this.#rules.namesOfAddress) names.delete(first(names.keys()));
    return fresh;
  }

  /** Counts begin anew after the rest; what else is known of an address or a name stays. */
  #touch<T extends Count>(map: Map<string, T>, key: string, now: number, make: () => T): T {
    const { restMs, remembered } = this.#rules;
    const found = map.get(key) ?? make();
    map.delete(key);
    map.set(key, found);
    if (map.size > remembered) map.delete(first(map.keys()));
    if (now - found.since < restMs) return found;
    found.since = now;
    found.wrong = 0;
    if ("names" in found) (found as unknown as Address).names.clear();
    return found;
  }
}

function first(keys: Iterable<string>): string {
  for (const key of keys) return key;
  return "";
}

/** Whoever has an IPv6 address has as many as he likes of its network. */
export function networkOf(address: string): string {
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::", 2);
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...new Array<string>(missing).fill("0"), ...after];
  const network = groups.slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, ""));
  return `${network.join(":")}::/64`;
}
