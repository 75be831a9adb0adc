import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import { type Rate, TokenBucket } from "../domain/token-bucket.ts";
import type { Fetch } from "./fetch-text.ts";
import { jwksKeys, pemKey, secretKey, type TokenHeader, type TokenKey } from "./verify.ts";

/** Where keys come from. Undefined: none can be had now; an empty list: there is none. */
export interface KeySource {
  keysFor(header: TokenHeader): Promise<readonly TokenKey[] | undefined>;
  close?(): void;
}

export type KeyLimits = {
  readonly timeoutMs: number;
  readonly bytes: number;
  /** A key set, or a key, is asked for again after so long. */
  readonly freshMs: number;
  /** One that can't be had anew is used so long. */
  readonly staleMs: number;
  /** A set without the key somebody names, or a server that failed, is asked again after so long. */
  readonly againMs: number;
  readonly keys: number;
  /** How often a key nobody has named before may be asked for. */
  readonly newKeys: Rate;
};

/** The shared secret. */
export class SecretSource implements KeySource {
  readonly #keys: readonly TokenKey[];

  constructor(secret: string) {
    this.#keys = [secretKey(secret)];
  }

  async keysFor({ algorithm }: TokenHeader): Promise<readonly TokenKey[]> {
    return algorithm === "HS256" ? this.#keys : [];
  }
}

type Keys = ReadonlyMap<string, readonly TokenKey[]>;

const fileMs = 10_000;

/** A file: one public key in PEM, which is for every kid, or a key set; read again when it changes. */
export class FileSource implements KeySource {
  readonly #path: string;
  readonly #maxKeys: number;
  readonly #log: Log;
  readonly #timer: Timer;
  #text: string;
  #keys: Keys;

  private constructor(path: string, text: string, maxKeys: number, edges: { clock: Clock; log: Log }) {
    this.#path = path;
    this.#maxKeys = maxKeys;
    this.#text = text;
    this.#keys = keysOfFile(text, maxKeys);
    this.#log = edges.log;
    this.#timer = edges.clock.every(fileMs, () => void this.refresh());
  }

  /** Rejects where the file holds no key. */
  static async open(path: string, maxKeys: number, edges: { clock: Clock; log: Log }): Promise<FileSource> {
    return new FileSource(path, await readFile(path, "utf8"), maxKeys, edges);
  }

  async keysFor({ algorithm, kid }: TokenHeader): Promise<readonly TokenKey[]> {
    return ofAlgorithm([...(this.#keys.get(kid) ?? []), ...(kid === "" ? [] : (this.#keys.get("") ?? []))], algorithm);
  }

  async refresh(): Promise<void> {
    try {
      const text = await readFile(this.#path, "utf8");
      if (text === this.#text) return;
      this.#text = text;
      this.#keys = keysOfFile(text, this.#maxKeys);
      this.#log.info({}, "the keys of tokens were replaced");
    } catch (error) {
      this.#log.warn({ err: error }, "the file with the keys of tokens can't be used; those there were stay");
    }
  }

  close(): void {
    this.#timer.cancel();
  }
}

function keysOfFile(text: string, maxKeys: number): Keys {
  if (!text.trimStart().startsWith("{")) return new Map([["", [pemKey(text)]]]);
  const keys = jwksKeys(text, maxKeys);
  if (keys.size === 0) throw new TypeError("expected at least one RSA or P-256 key");
  return keys;
}

type Cached = { readonly keys: Keys; readonly gotMs: number };

/**
 * Keys that are fetched: asked for once at a time, kept for a while, used a good while longer where they can't be had
 * anew, and not asked for more often than now and then, whatever kids strangers make up.
 */
class Cache {
  readonly #fetch: () => Promise<Keys>;
  readonly #clock: Clock;
  readonly #limits: KeyLimits;
  readonly #log: Log;
  #cached: Cached | undefined;
  #asking: Promise<void> | undefined;
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(fetch: () => Promise<Keys>, clock: Clock, limits: KeyLimits, log: Log) {
    this.#fetch = fetch;
    this.#clock = clock;
    this.#limits = limits;
    this.#log = log;
  }

  async keys(isEnough: (keys: Keys) => boolean): Promise<Keys | undefined> {
    const { freshMs, staleMs, againMs } = this.#limits;
    const now = this.#clock.now();
    const isFresh = this.#cached && now - this.#cached.gotMs < freshMs && isEnough(this.#cached.keys);
    if (!isFresh && (this.#asking || now - this.#askedMs >= againMs)) await this.#ask();
    const cached = this.#cached;
    return cached && this.#clock.now() - cached.gotMs < staleMs ? cached.keys : undefined;
  }

  #ask(): Promise<void> {
    this.#asking ??= this.#get().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #get(): Promise<void> {
    this.#askedMs = this.#clock.now();
    try {
      this.#cached = { keys: await this.#fetch(), gotMs: this.#clock.now() };
    } catch (error) {
      this.#log.warn({ err: error }, "keys of tokens could not be fetched");
    }
  }
}

type FetchGiven = {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: KeyLimits;
};

/** A key set at an address (RFC 7517). */
export class JwksSource implements KeySource {
  readonly #cache: Cache;

  constructor(url: string, { fetch, clock, limits, log }: FetchGiven) {
    const get = async () => jwksKeys((await fetch(url, limits)).text, limits.keys);
    this.#cache = new Cache(get, clock, limits, log);
  }

  async keysFor({ algorithm, kid }: TokenHeader): Promise<readonly TokenKey[] | undefined> {
    const keys = await this.#cache.keys((known) => known.has(kid) || (kid === "" && known.size === 1));
    if (!keys) return undefined;
    // Without a name, only where there is nothing to choose from.
    const [only] = keys.size === 1 ? keys.values() : [];
    return ofAlgorithm(keys.get(kid) ?? (kid === "" ? (only ?? []) : []), algorithm);
  }
}

/** A server with a file for each key, named by the hash of its kid: `<url>/<sha256(kid)>.pem`. */
export class KeyServerSource implements KeySource {
  readonly #url: string;
  readonly #given: FetchGiven;
  readonly #caches = new Map<string, Cache>();
  readonly #newKeys: TokenBucket;

  constructor(url: string, given: FetchGiven) {
    this.#url = url.replace(/\/+$/, "");
    this.#given = given;
    this.#newKeys = new TokenBucket(given.limits.newKeys, given.clock.now());
  }

  async keysFor({ algorithm, kid }: TokenHeader): Promise<readonly TokenKey[] | undefined> {
    if (kid === "") return [];
    const cache = this.#cacheOf(kid);
    const keys = await cache?.keys(() => true);
    return keys && ofAlgorithm(keys.get("") ?? [], algorithm);
  }

  /** Once there are many, those that were named longest ago are forgotten. */
  #cacheOf(kid: string): Cache | undefined {
    const { clock, limits } = this.#given;
    const name = createHash("sha256").update(kid, "utf8").digest("hex");
    const known = this.#caches.get(name);
    if (!known && !this.#newKeys.take(clock.now())) return undefined;
    const cache = known ?? this.#newCache(name);
    this.#caches.delete(name);
    this.#caches.set(name, cache);
    const [oldest] = this.#caches.keys();
    if (this.#caches.size > limits.keys && oldest !== undefined) this.#caches.delete(oldest);
    return cache;
  }

  #newCache(name: string): Cache {
    const { fetch, clock, limits, log } = this.#given;
    const get = async () => {
      const { text, isMissing } = await fetch(`${this.#url}/${name}.pem`, limits);
      return isMissing ? new Map() : new Map([["", [pemKey(text)]]]);
    };
    return new Cache(get, clock, limits, log);
  }
}

function ofAlgorithm(keys: readonly TokenKey[], algorithm: string): readonly TokenKey[] {
  return keys.filter((key) => key.algorithm === algorithm);
}
