/**
 * The public facts of calls, and of trunks. Each call's are numbered from 1 and said in their order; the record in the
 * bucket `sip-calls` is written first, so that whoever finds the call abandoned goes on with the next number.
 */
import { create, type DescMessage, fromJson, type JsonValue, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import type { Bucket, Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { EventContract } from "@veche/proto/contract.ts";
import { sip } from "@veche/proto/facts.ts";
import { type CallRecord, CallRecordSchema } from "@veche/proto/gen/veche/gateway/v1/gateway_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import type { CallHead, CallTold } from "../call/ports.ts";
import { limits } from "../limits.ts";
import type { Registration } from "../sip/signalling.ts";

export type CallFactsGiven = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly gateway: { readonly id: string; readonly instance: string };
  /** "/sip-gateway/<instance>". */
  readonly source: string;
};

type Contract = EventContract<"conference.v1.{tenant}.{room}.{session}.sip.call-ended", DescMessage>;
type Record = Omit<CallRecord, "$typeName" | "$unknown">;

const againMs = 1_000;

export class CallFacts implements AsyncDisposable {
  readonly #given: CallFactsGiven;
  readonly #bucket: Bucket<typeof CallRecordSchema>;
  readonly #seqs = new Map<string, number>();
  readonly #lanes = new Map<string, Promise<void>>();
  #waiting = 0;
  #trunkSeq = 0;
  #isClosing = false;

  private constructor(given: CallFactsGiven, bucket: Bucket<typeof CallRecordSchema>) {
    this.#given = given;
    this.#bucket = bucket;
  }

  static async open(given: CallFactsGiven): Promise<CallFacts> {
    return new CallFacts(given, await given.bus.bucket(buckets.sipCalls, CallRecordSchema));
  }

  /** Facts that are not in their stream yet. */
  get waiting(): number {
    return this.#waiting;
  }

  tell(head: CallHead, { name, ...body }: CallTold, atMs: number): void {
    const seq = (this.#seqs.get(head.call) ?? 0) + 1;
    this.#seqs.set(head.call, seq);
    const time = new Date(atMs).toISOString();
    const { call, direction, endpoint, answeredMs } = head;
    const where = { tenant: head.room?.tenant ?? "main", room: head.room?.room ?? "-", session: head.session ?? "-" };
    const { id: gateway, instance } = this.#given.gateway;
    const fact = { ...where, epoch: 0n, seq: BigInt(seq), time, call, direction, gateway, endpoint, ...body };
    const contract = sip[name] as unknown as Contract;
    const json = toJson(contract.message, create(contract.message, fact as never));
    const record: Record = {
      ...{ call, gateway, instance, direction, endpoint, ...where },
      seq: BigInt(seq),
      answeredMs: BigInt(answeredMs),
      fact: name,
      body: JSON.stringify(json),
    };
    const isLast = name === "sipCallEnded";
    if (isLast) this.#seqs.delete(call);
    this.#inTurn(call, () => this.#say(record, isLast));
  }

  /** What comes between is nobody's news. */
  trunk({ trunk, state, status }: Registration): void {
    if (state === "none" || state === "trying") return;
    this.#trunkSeq += 1;
    const { gateway, clock, source, bus } = this.#given;
    const time = new Date(clock.now()).toISOString();
    const where = { tenant: "main", room: "-", session: "-" };
    const fact = { ...where, epoch: 0n, seq: BigInt(this.#trunkSeq), time, trunk, gateway: gateway.id };
    const headers = { id: `${gateway.instance}-${this.#trunkSeq}`, source, time };
    this.#inTurn("", () =>
      state === "registered"
        ? bus.record(sip.sipRegistered, where, fact, headers)
        : bus.record(sip.sipUnregistered, where, { ...fact, cause: state, sipStatus: status }, headers),
    );
  }

  /** Says the end of a call whose gateway is gone, and first what may have been lost of it. */
  async abandon(record: CallRecord): Promise<void> {
    if (record.fact !== "sipCallEnded") {
      await this.#record(record);
      const time = new Date(this.#given.clock.now()).toISOString();
      const { call, direction, gateway, endpoint, tenant, room, session } = record;
      const seq = record.seq + 1n;
      const seconds = record.answeredMs === 0n ? 0 : (this.#given.clock.now() - Number(record.answeredMs)) / 1_000;
      const ended = { tenant, room, session, epoch: 0n, seq, time, call, direction, gateway, endpoint, seconds };
      const contract = sip.sipCallEnded;
      const message = create(contract.message, { ...ended, cause: "gateway-lost" });
      await this.#record({
        ...record,
        seq,
        fact: "sipCallEnded",
        body: JSON.stringify(toJson(contract.message, message)),
      });
    } else await this.#record(record);
    await this.#bucket.purge(record.call);
  }

  async records(): Promise<readonly CallRecord[]> {
    const found: CallRecord[] = [];
    for await (const { value } of this.#bucket.entries()) found.push(value);
    return found;
  }

  /** Waits for what is under way, not for a server that is away. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true;
    await Promise.all(this.#lanes.values());
  }

  async #say(record: Record, isLast: boolean): Promise<void> {
    await this.#bucket.put(record.call, record);
    await this.#record(record);
    if (isLast) await this.#bucket.purge(record.call);
  }

  async #record({ call, seq, fact, body, tenant, room, session }: Record): Promise<void> {
    const contract = sip[fact as keyof typeof sip] as unknown as Contract | undefined;
    if (contract === undefined) return;
    const message = readBody(contract, body);
    const { time } = message as { readonly time: string };
    const headers = { id: `${call}-${seq}`, source: this.#given.source, time };
    await this.#given.bus.record(contract, { tenant, room, session }, message, headers);
  }

  /** One call's facts one after the other, each until it is stored. */
  #inTurn(lane: string, say: () => Promise<void>): void {
    if (this.#waiting >= limits.waitingFacts) {
      this.#given.log.warn("too many facts wait for their stream: one is left out");
      return;
    }
    this.#waiting += 1;
    const before = this.#lanes.get(lane) ?? Promise.resolve();
    const done = before
      .then(() => this.#untilSaid(say))
      .finally(() => {
        this.#waiting -= 1;
        if (this.#lanes.get(lane) === done) this.#lanes.delete(lane);
      });
    this.#lanes.set(lane, done);
  }

  async #untilSaid(say: () => Promise<void>): Promise<void> {
    const { clock, log } = this.#given;
    for (;;) {
      try {
        return await say();
      } catch (error) {
        log.debug({ err: error }, "a fact was not stored; it is said again");
        if (this.#isClosing) return;
      }
      await new Promise<void>((resolve) => clock.after(againMs, resolve));
    }
  }
}

function readBody(contract: Contract, body: string): MessageInitShape<DescMessage> {
  return fromJson(contract.message, JSON.parse(body) as JsonValue, { ignoreUnknownFields: true });
}
