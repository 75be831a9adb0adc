import { type FileHandle, open } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Limits } from "../limits.ts";

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);
const forever = "public, max-age=31536000, immutable";

/** What gets much smaller; everything else goes as it is. */
const compressible: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".wasm": "application/wasm",
};

type Encoding = "br" | "gzip";

/**
 * The files of the web app. A class that opens the page at once asks for the same few files, so each is compressed once
 * and kept.
 */
export class StaticFiles {
  readonly root: string;
  readonly #limits: Limits;
  readonly #compressed = new Map<string, Promise<Buffer>>();
  #compressedBytes = 0;

  constructor(root: string, limits: Limits) {
    this.root = root;
    this.#limits = limits;
  }

  async mount(app: FastifyInstance): Promise<void> {
    await app.register(fastifyStatic, { serve: false });
  }

  get compressedBytes(): number {
    return this.#compressedBytes;
  }

  /** `path` has passed domain/route.ts: no "..", no separator inside a segment. */
  async send(request: FastifyRequest, reply: FastifyReply, path: string, isVersioned: boolean): Promise<FastifyReply> {
    reply.header("cache-control", isVersioned ? forever : "no-cache");
    reply.header("access-control-allow-origin", "*");
    reply.header("cross-origin-resource-policy", "cross-origin");
    const type = compressible[extname(path).toLowerCase()];
    if (type !== undefined) reply.header("vary", "accept-encoding");
    const encoding = type === undefined || request.headers.range !== undefined ? undefined : chooseEncoding(request);
    if (
      type !== undefined &&
      encoding !== undefined &&
      (await this.#sendCompressed(request, reply, path, { encoding, type }))
    ) {
      return reply;
    }
    const encoded = path.split("/").map(encodeURIComponent).join("/");
    return reply.sendFile(encoded, this.root, { cacheControl: false, index: false, dotfiles: "allow" });
  }

  /** False where the file has to go as it is. */
  async #sendCompressed(
    request: FastifyRequest,
    reply: FastifyReply,
    path: string,
    { encoding, type }: { readonly encoding: Encoding; readonly type: string },
  ): Promise<boolean> {
    await using file = await openOrNot(join(this.root, path));
    if (file === undefined) return false;
    const stat = await file.stat();
    if (!stat.isFile() || stat.size > this.#limits.compressedFileBytes) return false;
    const tag = `"${stat.size.toString(36)}-${Math.round(stat.mtimeMs).toString(36)}-${encoding}"`;
    reply.header("etag", tag);
    if (request.headers["if-none-match"] === tag) {
      reply.code(304).send();
      return true;
    }
    const bytes = await this.#compress(`${path} ${tag}`, file, encoding);
    reply.header("content-encoding", encoding).type(type).send(bytes);
    return true;
  }

  #compress(key: string, file: FileHandle, encoding: Encoding): Promise<Buffer> {
    const known = this.#compressed.get(key);
    if (known !== undefined) return known;
    const made = this.#make(file, encoding);
    this.#compressed.set(key, made);
    made.catch(() => this.#compressed.delete(key));
    return made;
  }

  async #make(file: FileHandle, encoding: Encoding): Promise<Buffer> {
    const bytes = await file.readFile();
    const made =
      encoding === "br"
        ? await compressBrotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
        : await compressGzip(bytes, { level: 6 });
    // Only a folder that changes again and again gets here; beginning anew is simpler than choosing.
    if (this.#compressedBytes + made.length > this.#limits.compressedCacheBytes) {
      this.#compressed.clear();
      this.#compressedBytes = 0;
    }
    this.#compressedBytes += made.length;
    return made;
  }
}

async function openOrNot(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch {
    return undefined;
  }
}

function chooseEncoding(request: FastifyRequest): Encoding | undefined {
  const accepted = String(request.headers["accept-encoding"] ?? "")
    .toLowerCase()
    .split(",")
    .map((part) => part.trim())
    .filter((part) => !/;\s*q=0(?:\.0*)?$/.test(part))
    .map((part) => part.split(";", 1)[0]);
  if (accepted.includes("br")) return "br";
  return accepted.includes("gzip") ? "gzip" : undefined;
}
