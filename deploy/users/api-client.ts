import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defaultDataDir } from "../local/data-dir.ts";
import { Fault } from "./fault.ts";

export type User = {
  readonly name: string;
  readonly displayName: string;
  readonly email: string;
  readonly role: string;
  readonly group: string;
  readonly disabled: boolean;
  readonly oneTimePassword: boolean;
  readonly created: string;
  readonly changed: string;
};

type Content = { readonly body?: string | Uint8Array<ArrayBuffer>; readonly type?: string; readonly accept?: string };

type Failure = {
  readonly error?: {
    readonly message?: string;
    readonly faults?: readonly { readonly line: number; readonly fault: string }[];
  };
};

/** Where `npm start` writes down what its API listens at, and the secret that opens it. */
export const apiUrlFile = "api-url";
export const tokenName = "xmpp-admin-token";

/** An import of thousands derives their passwords first. */
const patienceMs = 290_000;

/** The HTTP API of the XMPP server (services/xmpp/admin/README.md). */
export class ApiClient {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url.replace(/\/+$/, "");
    this.#token = token;
  }

  /** VECHE_API_URL and XMPP_ADMIN_TOKEN(_FILE); else the installation of this checkout, else this container. */
  static ofInstallation(env: NodeJS.ProcessEnv = process.env): ApiClient {
    const directory = defaultDataDir();
    const url = env.VECHE_API_URL || read(join(directory, apiUrlFile)) || `http://127.0.0.1:${env.XMPP_PORT || 5280}`;
    const path = env.XMPP_ADMIN_TOKEN_FILE || join(directory, "secrets", tokenName);
    const token = env.XMPP_ADMIN_TOKEN || read(path);
    if (token) return new ApiClient(url, token);
    throw new Fault(
      "unreachable",
      `there is no token (${path}): npm start and docker compose up make one; elsewhere name it in XMPP_ADMIN_TOKEN or XMPP_ADMIN_TOKEN_FILE`,
    );
  }

  async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const content = body === undefined ? {} : { body: JSON.stringify(body), type: "application/json" };
    const text = await this.#fetch(method, path, content);
    return (text === "" ? {} : JSON.parse(text)) as T;
  }

  async import<T>(query: URLSearchParams, csv: Uint8Array<ArrayBuffer>): Promise<T> {
    return JSON.parse(await this.#fetch("POST", `/import?${query}`, { body: csv, type: "text/csv" })) as T;
  }

  /** The answer is the table of passwords as CSV. */
  importToCsv(query: URLSearchParams, csv: Uint8Array<ArrayBuffer>): Promise<string> {
    return this.#fetch("POST", `/import?${query}`, { body: csv, type: "text/csv", accept: "text/csv" });
  }

  async #fetch(method: string, path: string, content: Content): Promise<string> {
    const { body, type, accept } = content;
    const headers = {
      Authorization: `Bearer ${this.#token}`,
      ...(type === undefined ? {} : { "Content-Type": type }),
      ...(accept === undefined ? {} : { Accept: accept }),
    };
    const response = await this.#reach(path, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    if (!response.ok) throw refusal(response.status, text);
    return text;
  }

  async #reach(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.#url}/api/v1${path}`, { ...init, signal: AbortSignal.timeout(patienceMs) });
    } catch (error) {
      throw new Fault(
        "unreachable",
        `no answer from ${this.#url}: does Veche run? VECHE_API_URL names another address`,
        {
          cause: error,
        },
      );
    }
  }
}

export function queryOf(values: Readonly<Record<string, string | undefined>>): URLSearchParams {
  const named = Object.entries(values).flatMap(([name, value]) => (value ? [[name, value] as [string, string]] : []));
  return new URLSearchParams(named);
}

function refusal(status: number, text: string): Fault {
  const { message, faults = [] } = readFailure(text);
  const lines = faults.map(({ line, fault }) => `\n  line ${line}: ${fault}`).join("");
  const what = `${message ?? `the server answered ${status}`}${lines}`;
  return new Fault(status === 401 || status === 403 ? "unreachable" : "refused", what);
}

function readFailure(text: string): NonNullable<Failure["error"]> {
  try {
    return (JSON.parse(text) as Failure).error ?? {};
  } catch {
    return {};
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}
