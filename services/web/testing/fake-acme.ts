/** An ACME server that does what a real one can't be made to do: it follows RFC 8555 as far as its script goes. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createRoot, issue } from "@veche/kit/x509.ts";

export type Asked = { readonly path: string; readonly header: Record<string, unknown>; readonly payload: unknown };

export type Reply = {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Undefined answers as a server without a script does. */
export type Script = (asked: Asked) => Reply | undefined;

export class FakeAcme implements AsyncDisposable {
  readonly rootPem: string;
  readonly asked: Asked[] = [];
  script: Script = () => undefined;
  readonly #server: Server;
  readonly #nonces = new Set<string>();

  static async start(): Promise<FakeAcme> {
    const root = await createRoot("fake", Date.now());
    const pair = await issue(root, ["127.0.0.1"], Date.now());
    const server = createServer({ cert: pair.certificate, key: pair.key });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new FakeAcme(server, root.certificate);
  }

  private constructor(server: Server, rootPem: string) {
    this.#server = server;
    this.rootPem = rootPem;
    server.on("request", async (request, response) => {
      const reply = this.#answer(request.method ?? "", request.url ?? "", await text(request));
      const nonce = randomBytes(8).toString("base64url");
      this.#nonces.add(nonce);
      response.writeHead(reply.status ?? 200, { "replay-nonce": nonce, ...reply.headers });
      response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body ?? {}));
    });
  }

  get origin(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  pathsAsked(): readonly string[] {
    return this.asked.map(({ path }) => path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    const closed = once(this.#server, "close");
    this.#server.close();
    await closed;
  }

  #answer(method: string, path: string, body: string): Reply {
    if (method === "HEAD") return {};
    const jws = body === "" ? undefined : JSON.parse(body);
    const read = (part: string) => (part === "" ? "" : JSON.parse(Buffer.from(part, "base64url").toString()));
    const asked = { path, header: jws === undefined ? {} : read(jws.protected), payload: jws && read(jws.payload) };
    this.asked.push(asked);
    if (method === "POST" && !this.#nonces.delete(String(asked.header.nonce))) return problem(400, "badNonce", "used");
    return this.script(asked) ?? this.#usual(asked);
  }

  #usual({ path }: Asked): Reply {
    const { origin } = this;
    switch (path) {
      case "/directory": {
        const names = ["newNonce", "newAccount", "newOrder", "renewalInfo"];
        return { body: Object.fromEntries(names.map((name) => [name, `${origin}/${name}`])) };
      }
      case "/newAccount":
        return { status: 201, headers: { location: `${origin}/account` }, body: { status: "valid" } };
      case "/newOrder":
        return {
          status: 201,
          headers: { location: `${origin}/order` },
          body: { status: "pending", authorizations: [`${origin}/authz`], finalize: `${origin}/finalize` },
        };
      case "/authz":
        return { body: authorization("pending", origin) };
      default:
        return path.startsWith("/renewalInfo/") ? problem(404, "malformed", "no such certificate") : {};
    }
  }
}

export const token = "abcdefghijklmnop";

export function authorization(status: string, origin: string, error?: object): object {
  const challenge = { type: "http-01", token, url: `${origin}/challenge`, status, error };
  return { status, identifier: { type: "dns", value: "meet.example" }, challenges: [challenge] };
}

export function problem(status: number, type: string, detail: string, headers: Record<string, string> = {}): Reply {
  return { status, headers, body: { type: `urn:ietf:params:acme:error:${type}`, detail } };
}
