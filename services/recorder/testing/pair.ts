/** Two recorders of one recording: r0 had it first and is away, r1 took it over. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { RecorderStateSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets, streams } from "@veche/proto/storage.ts";
import type { LibraryOptions } from "../library/library.ts";
import type { EndedRecording } from "../session/ports.ts";
import {
  assembleOf,
  endedIn,
  type LibraryUnderTest,
  openLibrary,
  putFile,
  recordingFor,
  temporaryFolder,
} from "./library.ts";

export const early = recordingFor({ recorder: "r0" });
const late = recordingFor({ startedMs: 1_700_000_030_000n });
export class Pair implements AsyncDisposable {
  readonly network = new MemoryNetwork();
  readonly #stack = new AsyncDisposableStack();
  readonly #given: Partial<LibraryOptions>;
  /** Of the recorder that had it first. */
  root = "";
  other!: LibraryUnderTest;

  /** The first one has recorded something, and is away; the other one has taken it over. */
  static async make(given: Partial<LibraryOptions> = {}, assemble = assembleOf("the rest")): Promise<Pair> {
    const pair = new Pair(given);
    pair.root = pair.#stack.use(await temporaryFolder()).path;
    {
      await using first = await pair.open("r0", { root: pair.root });
      await first.library.begin(early);
      await putFile(join(pair.root, "rec1", "parts", "1"), "000-000001.ts", "early", "video/mp2t");
    }
    pair.other = pair.#stack.use(await pair.open("r1", { assemble }));
    await mkdir(join(pair.other.root, "rec1"), { recursive: true });
    await pair.other.library.begin(late);
    return pair;
  }

  private constructor(given: Partial<LibraryOptions>) {
    this.#given = given;
  }

  open(recorder: string, given: Partial<LibraryOptions> = {}): Promise<LibraryUnderTest> {
    return openLibrary({ network: this.network, recorder, ...this.#given, ...given });
  }

  /** The first one is started again. */
  async back(given: Partial<LibraryOptions> = {}): Promise<LibraryUnderTest> {
    const at = await this.open("r0", { root: this.root, assemble: assembleOf("the beginning"), ...given });
    return this.#stack.use(at);
  }

  async finishByOther(): Promise<void> {
    await this.other.library.finish(await lateEnded(this.other.root));
    await this.other.library.finishing.deliveries.settled();
  }

  entry() {
    return this.other.library.entries.find("rec1");
  }

  async files(): Promise<(readonly [string, string])[]> {
    return (await this.entry())?.files.map(({ name, location }) => [name, location] as const) ?? [];
  }

  async facts(): Promise<{ name: string; recorder: unknown; files: unknown; seq: unknown }[]> {
    const facts = [];
    const { bus } = this.other;
    for await (const { subject, body } of bus.replay(streams.conference, "conference.v1.*.*.*.recording.*")) {
      const { recorder, files, seq } = body as Record<string, unknown>;
      const names = (files as { name: string }[] | undefined)?.map(({ name }) => name);
      facts.push({ name: subject.split(".").at(-1) ?? "", recorder, files: names, seq });
    }
    return facts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

export const lateEnded = async (root: string) => ({ ...(await endedIn(root, late)), fileName: "5A_late" });

export async function earlyEnded(root: string): Promise<EndedRecording> {
  const ended = await endedIn(root, early);
  return { ...ended, fileName: "5A_early", attempts: ended.attempts.map((one) => ({ ...one, recorder: "r0" })) };
}

export async function finish(at: LibraryUnderTest): Promise<void> {
  await at.library.finish(await earlyEnded(at.root));
  await at.library.finishing.deliveries.settled();
}

/** Makes its HTTP known to the others. */
export async function listen(at: LibraryUnderTest, recorder: string): Promise<void> {
  await at.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = at.app.server.address() as { port: number };
  const bucket = await at.bus.bucket(buckets.recorders, RecorderStateSchema);
  await bucket.put(recorder, { recorder, httpOrigin: `http://127.0.0.1:${port}`, healthy: true });
}
