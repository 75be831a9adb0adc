import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ManualClock } from "@veche/kit/clock.ts";
import { type LiveSettings, LiveSettingsWatch, type LockedSettings } from "@veche/kit/live-settings.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus } from "@veche/kit/memory-bus.ts";
import type { CsvFault } from "../accounts/csv.ts";
import { AccountDirectory } from "../accounts/directory.ts";
import { Api } from "../admin/api.ts";
import type { CheckPassword } from "../admin/authentication.ts";
import type { Imported } from "../admin/imports.ts";
import type { ApiLimits } from "../admin/limits.ts";
import type { describeAccount } from "../admin/users.ts";
import { verifyPassword } from "../domain/scram.ts";
import { defaultLimits } from "../limits.ts";

export const token = "a-token-of-the-test";
export const bearer = { Authorization: `Bearer ${token}` };

type User = ReturnType<typeof describeAccount>;

/** Any body of the API: what a test looks into. */
type Body = {
  readonly user: User;
  readonly users: readonly (User & Imported)[];
  readonly password: string | undefined;
  readonly total: number;
  readonly next: string | undefined;
  readonly settings: LiveSettings;
  readonly locked: Readonly<Record<string, string>>;
  readonly from: Readonly<Record<string, string>>;
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly error: { readonly code: string; readonly message: string; readonly faults?: readonly CsvFault[] };
};

export type Answered = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Body;
};

type Options = {
  readonly locked?: LockedSettings;
  readonly api?: Partial<ApiLimits>;
  readonly inAll?: number;
  readonly csvBytes?: number;
  readonly token?: string;
  readonly checkPassword?: CheckPassword;
};

/** The API on a socket of its own, over a bus in memory. */
export class ApiStage implements AsyncDisposable {
  readonly bus: MemoryBus;
  readonly accounts: AccountDirectory;
  readonly settings: LiveSettingsWatch;
  readonly api: Api;
  readonly #server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (!this.api.receive(request, response, url)) response.writeHead(204).end();
  });

  private constructor(bus: MemoryBus, accounts: AccountDirectory, settings: LiveSettingsWatch, options: Options) {
    this.bus = bus;
    this.accounts = accounts;
    this.settings = settings;
    const checkPassword: CheckPassword = async ({ name }, password) => {
      const [credential] = accounts.find(name)?.credentials ?? [];
      return credential && (await verifyPassword(credential, password)) ? "right" : "wrong";
    };
    this.api = new Api({
      bus,
      clock: new ManualClock(1_000),
      log: silentLog,
      accounts,
      settings,
      instance: "0123456789ab",
      limits: limitsOf(options),
      token: options.token ?? token,
      checkPassword: options.checkPassword ?? checkPassword,
      personOf: (name) => `p_${name}`,
      addressOf: () => "192.0.2.1",
      status: () => ({ accounts: accounts.size }),
    });
  }

  static async open(options: Options = {}): Promise<ApiStage> {
    const bus = new MemoryBus();
    const given = { clock: new ManualClock(1_000), log: silentLog, limits: limitsOf(options).accounts };
    const accounts = await AccountDirectory.open(bus, given);
    const settings = await LiveSettingsWatch.open(bus, { locked: options.locked ?? {} });
    const stage = new ApiStage(bus, accounts, settings, options);
    await new Promise<void>((resolve) => stage.#server.listen(0, "127.0.0.1", resolve));
    return stage;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = bearer): Promise<Answered> {
    const isText = typeof body === "string";
    const response = await fetch(`http://127.0.0.1:${this.port}/api/v1${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { "Content-Type": isText ? "text/csv" : "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
    const json = (isJson ? JSON.parse(text) : {}) as Body;
    return { status: response.status, headers: response.headers, text, json };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    this.accounts[Symbol.dispose]();
    this.settings[Symbol.dispose]();
    await this.bus[Symbol.asyncDispose]();
  }
}

function limitsOf({ api, inAll = 50, csvBytes = 4_096 }: Options) {
  return {
    accounts: { ...defaultLimits.accounts, inAll, csvBytes },
    api: { ...defaultLimits.api, ...api },
  };
}

export function basic(name: string, password: string): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
}

export function refused(answer: Answered, status: number, code: string, message: RegExp): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.json.error.code, code);
  assert.match(answer.json.error.message, message);
  assert.equal(answer.headers.get("access-control-allow-origin"), null);
}
