import type { Log } from "@veche/kit/log.ts";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { formatHost, type Host } from "../domain/host.ts";
import { type ConfigSettings, configScript, interfaceConfigScript } from "../domain/jitsi-config.ts";
import { maxTargetLength, type Route } from "../domain/route.ts";
import type { Limits } from "../limits.ts";
import { type PageParts, readAppPage } from "./app-page.ts";
import { caPage, caPagePolicy, chooseLanguage } from "./ca-page.ts";
import { appPolicy, commonHeaders, hstsHeader } from "./security-headers.ts";
import { StaticFiles } from "./static-files.ts";

export type ContentOptions = {
  readonly log: Log;
  readonly limits: Limits;
  readonly root: string;
  /** Somebody else's app: what it loads is not ours to forbid. */
  readonly isForeignApp: boolean;
  /** As they are when a page is asked for. */
  readonly settings: () => ConfigSettings;
  /** This start of the process. */
  readonly instance: string;
  /** What https shows just now; undefined where a proxy in front ends TLS. */
  readonly trust: () => Trust | undefined;
  /** The answer to an authority's challenge, where one of our webs has put it up. */
  readonly findChallenge: (token: string) => Promise<string | undefined>;
  /** Where to go once the root certificate is trusted. */
  readonly secureOrigin: (host: Host) => string;
};

export type Trust = {
  /** The root to install, while the certificate is of our own authority. */
  readonly rootPem: string | undefined;
  /** Who signed the certificate in use. */
  readonly issuer: string;
  /** Browsers are told to stay on https. */
  readonly hasHsts: boolean;
};

export type ContentRequest = { readonly route: Route; readonly isSecure: boolean; readonly host: Host };

/** Where the build of the app is missing. */
const buildCommand = "npm run build --workspace services/web/app";

/** "Can this network hold a call?" */
const networkCheckPath = "static/network-check.html";

/** What this role answers itself: the app's page and files, the configuration scripts, the root certificate. */
export class Content implements AsyncDisposable {
  readonly app: FastifyInstance;
  readonly #options: ContentOptions;
  readonly #files: StaticFiles;
  readonly #requests = new WeakMap<object, ContentRequest>();

  static async open(options: ContentOptions): Promise<Content> {
    const content = new Content(options);
    await content.#files.mount(content.app);
    content.app.get("/*", (request, reply) => content.#answer(request, reply));
    content.app.options("/*", (_request, reply) =>
      reply.code(204).headers({ allow: "GET, HEAD, OPTIONS", "access-control-allow-origin": "*" }).send(),
    );
    await content.app.ready();
    return content;
  }

  private constructor(options: ContentOptions) {
    this.#options = options;
    this.#files = new StaticFiles(options.root, options.limits);
    this.app = fastify({ logger: false, routerOptions: { maxParamLength: maxTargetLength } });
    this.app.setNotFoundHandler((_request, reply) => sendNotFound(reply));
    this.app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
      const status = error.statusCode ?? 500;
      if (status >= 500) options.log.error({ err: error }, "page failed");
      const isOurs = status >= 500;
      return sendProblem(
        reply,
        status,
        isOurs ? "internal" : "invalid-argument",
        isOurs ? "something failed here" : error.message,
      );
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app.close();
  }

  /** Called with requests that are resolved and have a valid host. */
  serve(raw: FastifyRequest["raw"], response: FastifyReply["raw"], request: ContentRequest): void {
    this.#requests.set(raw, request);
    this.app.routing(raw, response);
  }

  async #answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const found = this.#requests.get(request.raw);
    if (found === undefined) return sendNotFound(reply);
    reply.headers(commonHeaders);
    if (found.isSecure && this.#options.trust()?.hasHsts === true)
      reply.header("strict-transport-security", hstsHeader);
    const { route } = found;
    switch (route.type) {
      case "page":
        return this.#sendPage(found, route.tenant, reply);
      case "file":
        // A page of the same app: it looks where it is.
        if (!this.#options.isForeignApp && route.path === networkCheckPath)
          return this.#sendPage(found, undefined, reply);
        // COMPAT: Jitsi's smaller pages (static/close.html, static/dialInInfo.html) are put together as well.
        return this.#options.isForeignApp && /\.html$/i.test(route.path)
          ? this.#sendForeignPage(found, route.path, reply)
          : this.#sendFile(request, reply, route.path);
      case "acme-challenge":
        return this.#sendChallenge(request, reply, route);
      case "well-known":
        return this.#files.send(request, reply, route.path, false);
      case "who":
        return reply.header("cache-control", "no-store").send({ instance: this.#options.instance });
      case "config":
        return sendScript(reply, configScript(this.#options.settings(), found, route.tenant));
      case "interface-config":
        return sendScript(reply, interfaceConfigScript());
      case "ca-certificate":
        return this.#sendRoot(reply);
      case "ca-page":
        return this.#sendCaPage(request, reply, found.host);
      default:
        return sendNotFound(reply);
    }
  }

  /** Other clients of an authority (certbot with a webroot) put files there. */
  async #sendChallenge(
    request: FastifyRequest,
    reply: FastifyReply,
    { token, path }: { readonly token: string; readonly path: string },
  ): Promise<FastifyReply> {
    const answer = await this.#options.findChallenge(token);
    if (answer === undefined) return this.#files.send(request, reply, path, false);
    return reply.header("cache-control", "no-store").type("application/octet-stream").send(answer);
  }

  async #sendForeignPage(found: ContentRequest, path: string, reply: FastifyReply): Promise<FastifyReply> {
    const page = await readAppPage(this.#parts(found, undefined), path);
    if (page === undefined) return sendNotFound(reply);
    return reply.header("cache-control", "no-cache").type("text/html; charset=utf-8").send(page);
  }

  #parts(found: ContentRequest, tenant: string | undefined): PageParts {
    const { root, settings } = this.#options;
    const scripts = new Map([
      ["config.js", configScript(settings(), found, tenant)],
      ["interface_config.js", interfaceConfigScript()],
    ]);
    return { root, scripts };
  }

  async #sendPage(found: ContentRequest, tenant: string | undefined, reply: FastifyReply): Promise<FastifyReply> {
    const { isForeignApp } = this.#options;
    const page = await readAppPage(this.#parts(found, tenant));
    reply.header("cache-control", "no-cache");
    if (page === undefined) {
      const how = isForeignApp ? "expected an index.html in VECHE_WEB_ROOT" : `build the web app: ${buildCommand}`;
      return reply.code(503).type("text/plain; charset=utf-8").send(`The web app is missing here: ${how}\n`);
    }
    if (!isForeignApp) reply.header("content-security-policy", appPolicy);
    return reply.type("text/html; charset=utf-8").send(tenant === undefined ? page : forTenant(page, tenant));
  }

  #sendFile(request: FastifyRequest, reply: FastifyReply, path: string): Promise<FastifyReply> {
    // COMPAT: embedding sites load /external_api.js; Jitsi's build keeps it among the libraries.
    const isApi = path === "external_api.js" && this.#options.isForeignApp;
    const isVersioned = path.startsWith("assets/") || /[?&]v=/.test(request.raw.url ?? "");
    return this.#files.send(request, reply, isApi ? "libs/external_api.min.js" : path, isVersioned);
  }

  async #sendRoot(reply: FastifyReply): Promise<FastifyReply> {
    const rootPem = this.#options.trust()?.rootPem;
    if (rootPem === undefined) return sendNotFound(reply);
    return reply.header("cache-control", "no-cache").type("application/x-x509-ca-cert").send(rootPem);
  }

  async #sendCaPage(request: FastifyRequest, reply: FastifyReply, host: Host): Promise<FastifyReply> {
    const { trust, secureOrigin } = this.#options;
    const found = trust();
    if (found === undefined) return sendNotFound(reply);
    const query = new URLSearchParams(request.raw.url?.split("?", 2)[1] ?? "");
    const language = chooseLanguage(query.get("lang") ?? undefined, request.headers["accept-language"]);
    reply.header("content-security-policy", caPagePolicy).header("vary", "accept-language");
    reply.header("cache-control", "no-cache");
    return reply.type("text/html; charset=utf-8").send(caPage(found, language, secureOrigin(host)));
  }
}

/** A tenant's page reads the tenant's configuration: its rooms are in another domain. */
function forTenant(page: string, tenant: string): string {
  return page.replace(/src="\/?(config\.js|interface_config\.js)/g, `src="/${encodeURIComponent(tenant)}/$1`);
}

/** Fresh at each load: a page left open over a change of settings must not mix old and new. */
function sendScript(reply: FastifyReply, script: string): FastifyReply {
  reply.header("cache-control", "no-store").header("access-control-allow-origin", "*");
  reply.header("cross-origin-resource-policy", "cross-origin");
  return reply.type("text/javascript; charset=utf-8").send(script);
}

function sendNotFound(reply: FastifyReply): FastifyReply {
  return sendProblem(reply, 404, "not-found", "nothing at this address");
}

function sendProblem(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  reply.headers({ ...commonHeaders, "cache-control": "no-store" });
  for (const name of ["etag", "last-modified", "content-encoding"]) reply.removeHeader(name);
  return reply.code(status).type("application/json; charset=utf-8").send({ code, message });
}

export function httpsOrigin(host: Host, httpsPort: number): string {
  return `https://${formatHost({ name: host.name, port: httpsPort === 443 ? undefined : httpsPort })}`;
}
