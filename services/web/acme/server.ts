import type { Clock } from "@veche/kit/clock.ts";
import { ask, type HttpAnswer } from "./https-request.ts";
import type { AccountKey, ExternalAccount, Jws } from "./jws.ts";
import { AcmeProblem } from "./problem.ts";

/** Answers that a nonce was used or is too old are repeated so often. */
const nonceTries = 4;
const errorPrefix = "urn:ietf:params:acme:error:";

export type Answer = {
  /** Where what was asked for is, once it is made. */
  readonly location: string | undefined;
  /** Undefined where the body is no JSON object. */
  readonly object: Readonly<Record<string, unknown>> | undefined;
  readonly text: string;
  readonly retryAfterMs: number | undefined;
};

export type ServerOptions = {
  readonly directory: string;
  readonly key: AccountKey;
  readonly ca: string | undefined;
  readonly email: string;
  readonly externalAccount: ExternalAccount | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** The requests of RFC 8555, signed with the account's key. Everything rejects with AcmeProblem. */
export class AcmeServer {
  readonly #options: ServerOptions;
  #directory: Promise<Readonly<Record<string, unknown>>> | undefined;
  #nonce: string | undefined;
  #account: string | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** The authority's answer to a challenge's token (RFC 8555, 8.1). */
  keyAuthorization(token: string): string {
    return `${token}.${this.#options.key.thumbprint}`;
  }

  /** An address of the directory; undefined where the server doesn't offer it. */
  async find(resource: string): Promise<string | undefined> {
    this.#directory ??= this.#readDirectory();
    const address = (await this.#directory)[resource];
    return typeof address === "string" ? address : undefined;
  }

  /** Makes the account, or finds the one of this key; the terms of service are agreed to. */
  async signIn(): Promise<void> {
    const { key, email, externalAccount } = this.#options;
    const url = await this.#need("newAccount");
    const answer = await this.#post(
      url,
      { jwk: key.jwk },
      {
        termsOfServiceAgreed: true,
        ...(email === "" ? {} : { contact: [`mailto:${email}`] }),
        ...(externalAccount === undefined ? {} : { externalAccountBinding: key.bindTo(externalAccount, url) }),
      },
    );
    this.#account = needed(answer.location, "the address of the account");
  }

  /** To a resource of the directory, in the account's name. */
  async create(resource: string, payload: object): Promise<Answer> {
    return this.post(await this.#need(resource), payload);
  }

  /** In the account's name; an empty payload reads. */
  post(url: string, payload: object | ""): Promise<Answer> {
    if (this.#account === undefined) throw new Error("signIn has to come first");
    return this.#post(url, { kid: this.#account }, payload);
  }

  /** Without a signature, as renewal information is read (RFC 9773). */
  async get(url: string): Promise<Answer> {
    return this.#checked(await this.#ask("GET", url));
  }

  async #readDirectory(): Promise<Readonly<Record<string, unknown>>> {
    const { object } = this.#checked(await this.#ask("GET", this.#options.directory));
    return needed(object, `a directory at ${this.#options.directory}`);
  }

  async #need(resource: string): Promise<string> {
    return needed(await this.find(resource), `${resource} in the directory`);
  }

  async #post(url: string, who: object, payload: unknown): Promise<Answer> {
    for (let tries = 1; ; tries += 1) {
      const nonce = this.#nonce ?? (await this.#freshNonce());
      this.#nonce = undefined;
      const jws: Jws = this.#options.key.sign({ ...who, nonce, url }, payload);
      try {
        return this.#checked(await this.#ask("POST", url, JSON.stringify(jws)));
      } catch (error) {
        // The answer that refuses a nonce brings the next one.
        if (!(error instanceof AcmeProblem) || error.type !== "badNonce" || tries === nonceTries) throw error;
      }
    }
  }

  async #freshNonce(): Promise<string> {
    const { headers } = await this.#ask("HEAD", await this.#need("newNonce"));
    return needed(nonceIn(headers), "a Replay-Nonce header");
  }

  async #ask(method: "GET" | "HEAD" | "POST", url: string, body?: string): Promise<HttpAnswer> {
    const { ca, signal } = this.#options;
    const answer = await ask(url, { method, ca, signal, ...(body === undefined ? {} : { body }) });
    this.#nonce = nonceIn(answer.headers) ?? this.#nonce;
    return answer;
  }

  #checked({ status, headers, body }: HttpAnswer): Answer {
    const object = readObject(body);
    const retryAfterMs = readRetryAfter(headers["retry-after"], this.#options.clock.now());
    if (status >= 200 && status < 300) return { location: headers.location, object, text: body, retryAfterMs };
    if (object?.type !== undefined) throw problemIn(object, { status, retryAfterMs });
    throw new AcmeProblem("unreachable", `it answers with status ${status}`, { status, retryAfterMs });
  }
}

/** Of a problem document (RFC 7807), or of the member `error` of a challenge. */
export function problemIn(
  object: Readonly<Record<string, unknown>>,
  more: { readonly status?: number; readonly retryAfterMs?: number | undefined; readonly names?: readonly string[] },
): AcmeProblem {
  const type = String(object.type ?? "");
  const detail = typeof object.detail === "string" ? object.detail.slice(0, 500) : "nothing more";
  return new AcmeProblem(type.startsWith(errorPrefix) ? type.slice(errorPrefix.length) : type, detail, more);
}

export function needed<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new AcmeProblem("garbled", `expected ${what}, found none`);
  return value;
}

function nonceIn(headers: HttpAnswer["headers"]): string | undefined {
  const nonce = headers["replay-nonce"];
  return typeof nonce === "string" ? nonce : undefined;
}

function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Seconds, or a date (RFC 9110, 10.2.3). */
export function readRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}
