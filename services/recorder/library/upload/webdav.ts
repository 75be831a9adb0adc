import type { IncomingMessage } from "node:http";
import { StorageRefusal, send, textOf } from "./http.ts";
import type { PutFile, Storage, StorageSettings, StoredWhere } from "./storage.ts";

/**
 * A folder of a WebDAV server (RFC 4918), such as Nextcloud's `/remote.php/dav/files/<user>/<folder>`: a folder for each
 * recording. Files go in one PUT, which Nextcloud takes of any size its web server lets through.
 */
export class WebDavStorage implements Storage {
  readonly #base: URL;
  readonly #authorization: string;

  constructor({ url, user, password }: StorageSettings) {
    this.#base = new URL(`${url.replace(/\/+$/, "")}/`);
    this.#authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  }

  has(location: string): boolean {
    return location.startsWith(this.#base.href);
  }

  async put({ recording, name }: StoredWhere, file: PutFile, signal: AbortSignal): Promise<string> {
    const path = [recording, ...name.split("/")].map(encodeURIComponent);
    for (let depth = 1; depth < path.length; depth += 1) {
      const folder = new URL(`${path.slice(0, depth).join("/")}/`, this.#base);
      // 405: it is there already.
      await this.#ask("MKCOL", folder, [405], signal);
    }
    const url = new URL(path.join("/"), this.#base);
    await this.#ask("PUT", url, [], signal, file);
    const head = await this.#send("HEAD", url, {}, signal);
    head.resume();
    const length = head.headers["content-length"];
    // Servers that compress what they send say no length.
    if (length !== undefined && Number(length) !== file.sizeBytes) {
      throw new Error(`WebDAV PUT: expected ${file.sizeBytes} bytes to be there, found ${length}`);
    }
    return url.href;
  }

  async get(location: string, range: string | undefined, signal: AbortSignal): Promise<IncomingMessage> {
    const answer = await this.#send("GET", new URL(location), range === undefined ? {} : { range }, signal);
    if ([200, 206, 416].includes(answer.statusCode ?? 0)) return answer;
    answer.destroy();
    throw new StorageRefusal("WebDAV GET", answer.statusCode ?? 0, "");
  }

  async remove(location: string, signal: AbortSignal): Promise<void> {
    const url = new URL(location);
    await this.#ask("DELETE", url, [404], signal);
    // The folder with its last file; where others are left servers remove those too, and so must we not.
    const [recording = ""] = location.slice(this.#base.href.length).split("/");
    const folder = new URL(`${recording}/`, this.#base);
    if (await this.#isEmpty(folder, signal)) await this.#ask("DELETE", folder, [404], signal);
  }

  async #isEmpty(folder: URL, signal: AbortSignal): Promise<boolean> {
    const answer = await this.#send("PROPFIND", folder, { depth: "1" }, signal);
    const text = await textOf(answer).catch(() => "");
    const entries = text.match(/<(?:[\w-]+:)?response[\s>]/gi)?.length ?? 0;
    return answer.statusCode === 207 && entries === 1;
  }

  async #ask(method: string, url: URL, takes: readonly number[], signal: AbortSignal, file?: PutFile): Promise<void> {
    const headers: Record<string, string> = file ? { "content-type": file.type } : {};
    const answer = await this.#send(method, url, headers, signal, file);
    const status = answer.statusCode ?? 0;
    answer.resume();
    if (status < 200 || (status >= 300 && !takes.includes(status))) {
      throw new StorageRefusal(`WebDAV ${method}`, status, "");
    }
  }

  #send(method: string, url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal, body?: PutFile) {
    const all = { ...headers, authorization: this.#authorization };
    return send({ method, url, headers: all, signal, ...(body ? { body } : {}) });
  }
}
