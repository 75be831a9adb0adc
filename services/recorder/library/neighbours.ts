import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import type { RequestOptions } from "node:https";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Bus, Subscription } from "@veche/kit/bus.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import { requestTo } from "@veche/kit/private-tls/target.ts";
import { RecorderStateSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { isPlainPath } from "./folder.ts";
import { libraryLimits } from "./limits.ts";

/** A recording's parts with another recorder: plain files below its folder. */
export type PartList = { readonly files: readonly { readonly path: string; readonly sizeBytes: number }[] };

export const proofHeader = "x-recorder-proof";

export type Neighbour = { readonly origin: string; readonly freeDiskBytes: number };

/** The other recorders, where their private http is. */
export class Neighbours implements Disposable {
  readonly #known = new Map<string, Neighbour>();
  readonly #tls: PrivateTls | undefined;
  #watching: Subscription | undefined;

  static async open(bus: Bus, tls?: PrivateTls): Promise<Neighbours> {
    const neighbours = new Neighbours(tls);
    const bucket = await bus.bucket(buckets.recorders, RecorderStateSchema);
    neighbours.#watching = await bucket.watch(({ key, value }) => {
      if (value === undefined || value.httpOrigin === "") neighbours.#known.delete(key);
      else neighbours.#known.set(key, { origin: value.httpOrigin, freeDiskBytes: Number(value.freeDiskBytes) });
    });
    return neighbours;
  }

  private constructor(tls: PrivateTls | undefined) {
    this.#tls = tls;
  }

  [Symbol.dispose](): void {
    this.#watching?.close();
  }

  get all(): ReadonlyMap<string, Neighbour> {
    return this.#known;
  }

  /** For `request` of node:http; undefined where it is away. */
  wayTo(recorder: string): RequestOptions | undefined {
    const origin = this.#known.get(recorder)?.origin;
    return origin === undefined ? undefined : requestTo(origin, "recorder", this.#tls);
  }

  /** Copies what another recorder has into the folder here: all of it, or nothing. What is here already stays. */
  async fetchParts(recorder: string, recording: string, folder: string, proof: string, signal: AbortSignal) {
    const way = this.#reach(recorder);
    const base = `/internal/recordings/${encodeURIComponent(recording)}/parts`;
    const listed = await ask({ way, path: base, proof, signal });
    const { files } = JSON.parse(await bodyOf(listed)) as PartList;
    if (!Array.isArray(files) || files.length > libraryLimits.neighbourFiles) {
      throw new VecheError("internal", `recorder ${recorder}: expected a list of parts`);
    }
    if (!files.every(({ path }) => isPlainPath(path))) {
      throw new VecheError("internal", `recorder ${recorder}: expected plain names of parts`);
    }
    const drafts = join(folder, ".fetched");
    try {
      for (const { path, sizeBytes } of files) {
        if (await isThere(join(folder, path), sizeBytes)) continue;
        const from = `${base}/${path.split("/").map(encodeURIComponent).join("/")}`;
        await fetchFile({ way, path: from, proof, signal }, join(drafts, path), sizeBytes);
      }
      for (const { path, sizeBytes } of files) {
        if (await isThere(join(folder, path), sizeBytes)) continue;
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await rename(join(drafts, path), join(folder, path));
      }
    } finally {
      // Cut off by the end of this recorder, it goes on with them at the next start.
      if (!signal.aborted) await rm(drafts, { recursive: true, force: true });
    }
  }

  /** They are safe here. Rejects where it is away. */
  async dropParts(recorder: string, recording: string, proof: string, signal: AbortSignal): Promise<void> {
    const way = this.#reach(recorder);
    const path = `/internal/recordings/${encodeURIComponent(recording)}/parts`;
    (await ask({ way, path, proof, signal, method: "DELETE" })).resume();
  }

  #reach(recorder: string): RequestOptions {
    const way = this.wayTo(recorder);
    if (way === undefined) throw new VecheError("unavailable", `recorder ${recorder} is away`);
    return way;
  }
}

async function isThere(path: string, sizeBytes: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.size === sizeBytes;
}

type Asked = {
  readonly way: RequestOptions;
  readonly path: string;
  readonly proof: string;
  readonly signal: AbortSignal;
  readonly method?: string;
};

async function fetchFile(asked: Asked, path: string, sizeBytes: number): Promise<void> {
  if (await isThere(path, sizeBytes)) return;
  await mkdir(dirname(path), { recursive: true });
  const draft = join(dirname(path), ".draft");
  try {
    await pipeline(await ask(asked), createWriteStream(draft, { flush: true }));
    const { size } = await stat(draft);
    if (size !== sizeBytes) throw new VecheError("unavailable", `a part: expected ${sizeBytes} bytes, found ${size}`);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

function ask({ way, path, proof, signal, method = "GET" }: Asked): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...way, path, method, signal, headers: { [proofHeader]: proof } });
    outgoing.setTimeout(libraryLimits.neighbourMs, () => outgoing.destroy(new Error("no answer in time")));
    outgoing.once("error", reject);
    outgoing.once("response", (answer) => {
      if (answer.statusCode === 200 || answer.statusCode === 204) return resolve(answer);
      answer.resume();
      reject(new VecheError("unavailable", `another recorder: expected its parts, found status ${answer.statusCode}`));
    });
    outgoing.end();
  });
}

async function bodyOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > 16 * 1024 * 1024) throw new VecheError("internal", "a list of parts: expected ≤ 16 MiB");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
