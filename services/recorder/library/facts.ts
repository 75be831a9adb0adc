import { type DescMessage, fromJson, type JsonValue, type MessageInitShape } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import { filterOf } from "@veche/kit/subject.ts";
import type { EventContract } from "@veche/proto/contract.ts";
import { recording as contracts } from "@veche/proto/facts.ts";
import { RecordingAvailableSchema } from "@veche/proto/gen/veche/conference/v1/conference_pb.ts";
import { streams } from "@veche/proto/storage.ts";

type Where = {
  readonly tenant: string;
  readonly room: string;
  readonly session: string;
  readonly recording: string;
};

type Body = Readonly<Record<string, unknown>>;

type Name = keyof typeof contracts;
const names = Object.keys(contracts) as Name[];

/** Facts of the stream that recorders said of one recording so far: the highest number, which there are, and whose. */
type Said = { readonly seq: number; readonly names: ReadonlySet<Name>; readonly bySome: ReadonlySet<string> };

/** Not where it was said before: by anybody, or by the recorder that its body names. */
type Once = "once" | "once-each" | "always";

/**
 * What a recorder says of a recording, numbered within it. The number is found in the stream, so that any recorder goes
 * on where another has ended, and one that was cut off does not say a thing twice.
 */
export class RecordingFacts {
  readonly #bus: Bus;
  readonly #source: string;

  constructor(bus: Bus, source: string) {
    this.#bus = bus;
    this.#source = source;
  }

  /** Rejects with `unavailable` or `deadline-exceeded`; repeat it then. */
  async say(name: Name, where: Where, timeMs: number, body: Body, once: Once = "once"): Promise<void> {
    const said = await this.#said(where);
    if (once === "once" && said.names.has(name)) return;
    if (once === "once-each" && said.bySome.has(`${name} ${body.recorder}`)) return;
    const seq = said.seq + 1;
    const time = new Date(timeMs).toISOString();
    const contract = contracts[name] as unknown as SessionContract;
    const message = { ...where, epoch: 0n, seq: BigInt(seq), time, ...body } as MessageInitShape<DescMessage>;
    await this.#bus.record(contract, where, message, {
      id: `${where.session}-${where.recording}-${seq}`,
      source: this.#source,
      time,
    });
  }

  async wasSaid(name: Name, where: Where): Promise<boolean> {
    return (await this.#said(where)).names.has(name);
  }

  async #said(where: Where): Promise<Said> {
    let seq = 0;
    const found = new Set<Name>();
    const bySome = new Set<string>();
    for (const name of names) {
      const filter = filterOf(contracts[name] as unknown as SessionContract, where);
      for await (const fact of this.#bus.replay(streams.conference, filter)) {
        const { recording, recorder, seq: number } = headOf(fact.body);
        if (recording !== where.recording) continue;
        seq = Math.max(seq, number);
        found.add(name);
        bySome.add(`${name} ${recorder}`);
      }
    }
    return { seq, names: found, bySome };
  }
}

type SessionContract = EventContract<"conference.v1.{tenant}.{room}.{session}.recording.available", DescMessage>;

/** The fields they have in common are numbered alike. */
function headOf(body: unknown): { readonly recording: string; readonly recorder: string; readonly seq: number } {
  const found = fromJson(RecordingAvailableSchema, body as JsonValue, { ignoreUnknownFields: true });
  return { recording: found.recording, recorder: found.recorder, seq: Number(found.seq) };
}
