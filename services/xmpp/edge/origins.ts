/**
 * Pages of which other sites may use this server (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol). A browser says
 * the page's origin; whoever is no browser may say anything, and is not kept out by this.
 */
export class AllowedOrigins {
  readonly #isAny: boolean;
  readonly #listed: ReadonlySet<string>;

  /** "true" is every site, "false" only the server's own; else origins, or hosts of any scheme. */
  constructor(setting: readonly string[]) {
    const sites = setting.map((site) => site.toLowerCase().replace(/\/$/, ""));
    this.#isAny = sites.includes("true") || sites.includes("*");
    this.#listed = new Set(sites);
  }

  /** `ownHost` is the host the request was sent to. */
  allows(origin: string | undefined, ownHost: () => string): boolean {
    if (this.#isAny || origin === undefined) return true;
    const site = origin.toLowerCase();
    const host = site.replace(/^[a-z][a-z0-9+.-]*:\/\//, "");
    return host === ownHost().toLowerCase() || this.#listed.has(site) || this.#listed.has(host);
  }

  headersFor(origin: string | undefined, ownHost: () => string): Readonly<Record<string, string>> {
    if (this.#isAny) return ofAny;
    if (origin === undefined || !this.allows(origin, ownHost)) return { Vary: "Origin" };
    return { ...always, Vary: "Origin", "Access-Control-Allow-Origin": origin };
  }
}

const always = {
  "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
  "Access-Control-Allow-Headers": "Content-Type",
  "Access-Control-Expose-Headers": "x-jitsi-shard",
  "Access-Control-Max-Age": "86400",
} as const;

const ofAny = { ...always, "Access-Control-Allow-Origin": "*" } as const;
