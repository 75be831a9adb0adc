import type { IncomingMessage, ServerResponse } from "node:http";
import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { LiveSettingsWatch } from "@veche/kit/live-settings.ts";
import type { Log } from "@veche/kit/log.ts";
import type { AccountDirectory } from "../accounts/directory.ts";
import type { AccountLimits } from "../accounts/fields.ts";
import { prepareName } from "../domain/scram.ts";
import { type Answer, ApiError, answerOf, send, toApiError } from "./answer.ts";
import { type Access, type Asker, Authentication, type CheckPassword } from "./authentication.ts";
import { type Call, Query } from "./call.ts";
import { Imports } from "./imports.ts";
import type { ApiLimits } from "./limits.ts";
import { Settings } from "./settings.ts";
import { Users } from "./users.ts";

export type ApiGiven = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly accounts: AccountDirectory;
  readonly settings: LiveSettingsWatch;
  /** Of this process, as it calls itself in facts. */
  readonly instance: string;
  readonly limits: { readonly accounts: AccountLimits; readonly api: ApiLimits };
  readonly token: string;
  readonly checkPassword: CheckPassword;
  /** The person an account is, as logs and facts have it: no name. */
  readonly personOf: (name: string) => string;
  /** From where a request comes, proxies looked through. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** What the server is doing, for people. */
  readonly status: () => Readonly<Record<string, unknown>>;
};

export type Route = {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  readonly path: string;
  readonly access: Access;
  /** How many of it may be worked on at once, where that is fewer than of all. */
  readonly atOnce?: number;
  readonly answer: (call: Call) => Answer | Promise<Answer>;
};

export const apiRoot = "/api/v1";

/** The HTTP API for administrators: README.md has the routes. Everything under `/api/` is its own. */
export class Api {
  readonly routes: readonly Route[];
  readonly #given: ApiGiven;
  readonly #authentication: Authentication;
  readonly #open = new Map<Route, number>();
  #openInAll = 0;

  constructor(given: ApiGiven) {
    this.#given = given;
    this.#authentication = new Authentication(given);
    this.routes = routesOf(given);
  }

  /** False where the path is somebody else's. */
  receive(request: IncomingMessage, response: ServerResponse, url: URL): boolean {
    if (url.pathname !== "/api" && !url.pathname.startsWith("/api/")) return false;
    void this.#answer(request, url)
      .catch((error: unknown) => this.#refuse(request, url, error))
      .then((answer) => send(response, answer));
    return true;
  }

  async #answer(request: IncomingMessage, url: URL): Promise<Answer> {
    const { route, name } = this.#find(request.method ?? "", url.pathname);
    return this.#counted(route, async () => {
      const asker = await this.#authentication.admit(request, this.#given.addressOf(request), route.access);
      const answer = await route.answer({ request, asker, name, query: new Query(url.searchParams) });
      if (route.method !== "GET") this.#log(route, asker, name);
      return answer;
    });
  }

  #find(method: string, path: string): { readonly route: Route; readonly name: string } {
    const known = this.routes.flatMap((route) => {
      const name = matchPath(`${apiRoot}${route.path}`, path);
      return name === undefined ? [] : [{ route, name }];
    });
    if (known.length === 0) throw new ApiError("not-found", "nothing at this address");
    const found = known.find(({ route }) => route.method === method);
    if (found) return found;
    const allowed = known.map(({ route }) => route.method).join(", ");
    throw new ApiError("invalid-argument", `this address knows ${allowed}`, {
      status: 405,
      headers: { Allow: allowed },
    });
  }

  async #counted(route: Route, work: () => Promise<Answer>): Promise<Answer> {
    const open = this.#open.get(route) ?? 0;
    const { requests } = this.#given.limits.api;
    if (this.#openInAll >= requests || open >= (route.atOnce ?? requests)) {
      throw new ApiError("resource-exhausted", "busy with other requests; try again", {
        headers: { "Retry-After": "1" },
      });
    }
    this.#openInAll++;
    this.#open.set(route, open + 1);
    try {
      return await work();
    } finally {
      this.#openInAll--;
      this.#open.set(route, (this.#open.get(route) ?? 1) - 1);
    }
  }

  #log({ method, path }: Route, asker: Asker, name: string): void {
    const { log, personOf } = this.#given;
    const by = asker.type === "operator" ? "operator" : personOf(asker.account.name);
    log.info({ by, did: `${method} ${path}`, ...(name === "" ? {} : { person: personOf(name) }) }, "administration");
  }

  #refuse(request: IncomingMessage, url: URL, thrown: unknown): Answer {
    const error = toApiError(thrown);
    if (error.code === "internal" && !request.destroyed) {
      this.#given.log.error({ err: thrown, method: request.method, path: url.pathname.split("/", 4).join("/") }, "API");
    }
    return answerOf(error);
  }
}

function routesOf(given: ApiGiven): readonly Route[] {
  const { accounts, limits, status } = given;
  const users = new Users({ accounts, limits });
  const imports = new Imports({ accounts, limits: limits.accounts });
  const settings = new Settings({ ...given, bodyBytes: limits.api.bodyBytes });
  const access = "administrator";
  return [
    { method: "GET", path: "/status", access, answer: () => ({ status: 200, body: status() }) },
    { method: "GET", path: "/users", access, answer: (call) => users.list(call) },
    { method: "POST", path: "/users", access, answer: (call) => users.create(call) },
    { method: "GET", path: "/users/{name}", access, answer: (call) => users.get(call) },
    { method: "PATCH", path: "/users/{name}", access, answer: (call) => users.change(call) },
    { method: "DELETE", path: "/users/{name}", access, answer: (call) => users.remove(call) },
    { method: "POST", path: "/users/{name}/sign-out", access, answer: (call) => users.signOut(call) },
    {
      method: "POST",
      path: "/import",
      access,
      atOnce: limits.api.imports,
      answer: (call) => imports.receive(call),
    },
    { method: "GET", path: "/settings", access, answer: () => settings.get() },
    { method: "PATCH", path: "/settings", access, answer: (call) => settings.change(call) },
    { method: "GET", path: "/me", access: "owner", answer: (call) => users.me(call) },
    { method: "PUT", path: "/me/password", access: "owner", answer: (call) => users.changeOwnPassword(call) },
  ];
}

/** The account's name in the path, "" where the pattern has none; undefined where the path is another. */
function matchPath(pattern: string, path: string): string | undefined {
  const [wanted, found] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== found.length) return undefined;
  let name = "";
  for (const [index, part] of wanted.entries()) {
    if (part === "{name}") name = readName(found[index] ?? "");
    else if (part !== found[index]) return undefined;
  }
  return name;
}

/** What is no name is nobody's: it stays as it is, and is not found. */
function readName(part: string): string {
  try {
    return prepareName(decodeURIComponent(part)) ?? "";
  } catch {
    return "";
  }
}
