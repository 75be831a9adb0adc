/** Takes what is in a checked backup into an installation whose roles stand still: files first, then what NATS keeps. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readOrNot, writeWhole } from "../nats/files.ts";
import { readAccount } from "../nats/jwt.ts";
import { deleteStream, restoreStream, type StreamDescription, streamNames } from "../nats/snapshots.ts";
import { Fault } from "../users/fault.ts";
import { droppedBuckets } from "./contents.ts";
import { FolderReplacement, filesOf } from "./folders.ts";
import type { Installation, NatsConnection } from "./installation.ts";
import type { TarEntry } from "./tar.ts";

/** What is there that a restore would write over, in words; undefined for an empty installation. */
export function whatIsThere({ secrets, web, natsStore }: Installation): string | undefined {
  const store = join(natsStore, "jetstream");
  const found = [
    ...(filesOf(secrets).length > 0 ? [`secrets in ${secrets}`] : []),
    ...(filesOf(web).length > 0 ? [`certificates in ${web}`] : []),
    ...(existsSync(store) && readdirSync(store).length > 0 ? [`what NATS keeps in ${natsStore}`] : []),
  ];
  return found.length > 0 ? found.join(", ") : undefined;
}

/**
 * Secrets, certificates, and the accounts that NATS knew of, which it reads when it starts. Returns how many files there are now.
 */
export async function bringBackFiles(parts: AsyncIterable<TarEntry>, installation: Installation): Promise<number> {
  const { secrets, web, natsStore } = installation;
  const folders = { secrets: new FolderReplacement(secrets), web: new FolderReplacement(web) };
  let files = 0;
  for await (const { name, content } of parts) {
    const [folder = "", ...path] = name.split("/");
    if (folder === "accounts") keepNewer(join(natsStore, "jwt", path.join("/")), content.toString("utf8"));
    if (folder !== "secrets" && folder !== "web") continue;
    folders[folder].add(path.join("/"), content);
    files += 1;
  }
  folders.secrets.commit();
  folders.web.commit();
  return files;
}

/** Who was cut off after the backup stays cut off. */
function keepNewer(path: string, jwt: string): void {
  const there = readOrNot(path);
  if (there !== undefined && readAccount(there.trim()).issuedAt >= readAccount(jwt).issuedAt) return;
  writeWhole(path, jwt);
}

/** By name how many messages there are now. Streams that the backup has replace those that are there; what it has not, such as facts left out, stays. */
export async function bringBackStreams(
  parts: AsyncIterable<TarEntry>,
  connection: NatsConnection,
): Promise<Readonly<Record<string, number>>> {
  const there = await streamNames(connection);
  for (const stream of droppedBuckets) if (there.includes(stream)) await deleteStream(connection, stream);
  const streams: Record<string, number> = {};
  const source = new Ahead(parts);
  for (let part = await source.next(); part; part = await source.next()) {
    const [kind, name = "", file] = part.name.split("/");
    if (kind !== "streams" || file !== "stream.json") continue;
    if (there.includes(name)) await deleteStream(connection, name);
    const description = JSON.parse(part.content.toString("utf8")) as StreamDescription;
    if (description.config.name !== name)
      throw new Fault("refused", `${part.name}: expected the stream ${name}, found ${String(description.config.name)}`);
    streams[name] = await restoreStream(connection, description, source.piecesOf(`streams/${name}/`));
  }
  return streams;
}

/** Parts in their order, of which one may be looked at before it is taken. */
class Ahead {
  readonly #parts: AsyncIterator<TarEntry>;
  #seen: TarEntry | undefined;

  constructor(parts: AsyncIterable<TarEntry>) {
    this.#parts = parts[Symbol.asyncIterator]();
  }

  async next(): Promise<TarEntry | undefined> {
    const seen = this.#seen;
    this.#seen = undefined;
    if (seen) return seen;
    const { done, value } = await this.#parts.next();
    return done ? undefined : value;
  }

  async *piecesOf(prefix: string): AsyncGenerator<Buffer> {
    for (let part = await this.next(); part; part = await this.next()) {
      if (!part.name.startsWith(prefix)) {
        this.#seen = part;
        return;
      }
      yield part.content;
    }
  }
}
