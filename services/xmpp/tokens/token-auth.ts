import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { Config } from "../config.ts";
import type { RoomAddress } from "../domain/room.ts";
import { decodeName } from "../domains.ts";
import type { Identity } from "../stream/identity.ts";
import { type ClaimRules, readClaims } from "./claims.ts";
import { type Fetch, fetchText } from "./fetch-text.ts";
import {
  FileSource,
  JwksSource,
  type KeyLimits,
  KeyServerSource,
  type KeySource,
  SecretSource,
} from "./key-sources.ts";
import { holdsInRoom, type TenantRules } from "./room-claim.ts";
import { readHeader, type TokenKey, verifySignature } from "./verify.ts";

export type TokenLimits = {
  readonly length: number;
  readonly kidLength: number;
  /** How far clocks may differ. */
  readonly leewayMs: number;
  readonly keys: KeyLimits;
};

/** `isExpired`: it ran out, and goes on only with what its owner already has. `text` is for people. */
export type Verified =
  | { readonly ok: true; readonly identity: Identity; readonly isExpired: boolean }
  | { readonly ok: false; readonly text: string };

type TokenConfig = Pick<
  Config,
  | "XMPP_DOMAIN"
  | "XMPP_MUC_DOMAIN"
  | "PUBLIC_URL"
  | "JWT_APP_ID"
  | "JWT_APP_SECRET"
  | "JWT_ACCEPTED_ISSUERS"
  | "JWT_ACCEPTED_AUDIENCES"
  | "JWT_ALLOW_EMPTY"
  | "JWT_ENABLE_DOMAIN_VERIFICATION"
  | "JWT_ASAP_KEYSERVER"
  | "JWT_JWKS_URL"
  | "JWT_PUBLIC_KEY_FILE"
>;

type Edges = { readonly clock: Clock; readonly log: Log; readonly limits: TokenLimits; readonly fetch?: Fetch };

const secretBytes = 32;
const algorithms = ["HS256", "RS256", "ES256"];

/** Sign-in with tokens that somebody else issues (JWT, RFC 7519). */
export class TokenAuth implements Disposable {
  readonly #sources: readonly KeySource[];
  readonly #claims: ClaimRules;
  readonly #tenants: TenantRules;
  readonly #allowsEmpty: boolean;
  readonly #edges: Edges;

  private constructor(config: TokenConfig, sources: readonly KeySource[], edges: Edges) {
    this.#sources = sources;
    this.#edges = edges;
    this.#allowsEmpty = config.JWT_ALLOW_EMPTY;
    this.#claims = {
      issuers: issuersOf(config),
      // docker-jitsi-meet's .env may name the setting and leave it empty.
      audiences: config.JWT_ACCEPTED_AUDIENCES.length > 0 ? config.JWT_ACCEPTED_AUDIENCES : ["*"],
      leewayMs: edges.limits.leewayMs,
    };
    const publicHost = URL.parse(config.PUBLIC_URL)?.hostname ?? "";
    this.#tenants = {
      isVerified: config.JWT_ENABLE_DOMAIN_VERIFICATION,
      mainNames: ["main", config.XMPP_DOMAIN, config.XMPP_MUC_DOMAIN, publicHost].filter((name) => name !== ""),
    };
  }

  /** Rejects where the settings contradict each other, or the file holds no key. */
  static async open(config: TokenConfig, edges: Edges): Promise<TokenAuth> {
    const { clock, log, limits, fetch = fetchText } = edges;
    const given = { clock, log, fetch, limits: limits.keys };
    const sources: KeySource[] = [];
    if (config.JWT_APP_SECRET !== "") {
      const bytes = Buffer.byteLength(config.JWT_APP_SECRET);
      if (bytes < secretBytes) log.warn({ bytes }, `JWT_APP_SECRET is short: RFC 7518 wants ${secretBytes} bytes`);
      sources.push(new SecretSource(config.JWT_APP_SECRET));
    }
    if (config.JWT_PUBLIC_KEY_FILE !== "") {
      sources.push(await FileSource.open(config.JWT_PUBLIC_KEY_FILE, limits.keys.keys, { clock, log }));
    }
    if (config.JWT_JWKS_URL !== "") sources.push(new JwksSource(config.JWT_JWKS_URL, given));
    if (config.JWT_ASAP_KEYSERVER !== "") sources.push(new KeyServerSource(config.JWT_ASAP_KEYSERVER, given));
    if (sources.length > 0 && issuersOf(config).length === 0) {
      throw new Error(
        "JWT_APP_ID or JWT_ACCEPTED_ISSUERS: expected who issues the tokens (* for anybody with the key)",
      );
    }
    return new TokenAuth(config, sources, edges);
  }

  /** Keys are known: who comes to the main domain needs a token. */
  get isConfigured(): boolean {
    return this.#sources.length > 0;
  }

  /** Who has no token may come in all the same, as a guest. */
  get allowsEmpty(): boolean {
    return this.#allowsEmpty;
  }

  async verify(token: string): Promise<Verified> {
    const { limits, clock } = this.#edges;
    if (token.length > limits.length) return bad(`token is longer than ${limits.length} characters`);
    const header = readHeader(token);
    if (!header) return bad("Invalid token");
    const { algorithm, kid } = header;
    if (!algorithms.includes(algorithm)) return bad("Invalid algorithm");
    if (kid.length > limits.kidLength) return bad("Invalid key ('kid' claim)");
    const keys: TokenKey[] = [];
    let isUnknown = false;
    for (const source of this.#sources) {
      const found = await source.keysFor(header);
      if (found) keys.push(...found);
      else isUnknown = true;
    }
    if (keys.length === 0) {
      if (isUnknown) return bad("the keys of tokens can't be had now; try again");
      return bad(algorithm !== "HS256" && kid === "" ? "'kid' claim is missing" : "could not obtain public key");
    }
    const claims = await verifySignature(token, keys);
    return claims === undefined ? bad("Invalid signature") : readClaims(claims, clock.now(), this.#claims);
  }

  /** Is that a room its token is for? Who has no token is asked nothing here. */
  holdsIn(identity: Identity, room: Pick<RoomAddress, "tenant" | "name">): boolean {
    if (identity.room === undefined) return true;
    return holdsInRoom(identity.room, { tenant: room.tenant, name: decodeName(room.name) }, this.#tenants);
  }

  [Symbol.dispose](): void {
    for (const source of this.#sources) source.close?.();
  }
}

function issuersOf({ JWT_ACCEPTED_ISSUERS, JWT_APP_ID }: TokenConfig): readonly string[] {
  if (JWT_ACCEPTED_ISSUERS.length > 0) return JWT_ACCEPTED_ISSUERS;
  return JWT_APP_ID === "" ? [] : [JWT_APP_ID];
}

function bad(text: string): Verified {
  return { ok: false, text };
}
