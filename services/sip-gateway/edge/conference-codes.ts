/**
 * What one types to dial in. A room has one code for as long as the bucket keeps it; codes are random, so that knowing one
 * says nothing of another.
 */
import { randomInt } from "node:crypto";
import type { Bucket, Bus, Subscription } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { escapeToken } from "@veche/kit/subject.ts";
import { type ConferenceCode, ConferenceCodeSchema } from "@veche/proto/gen/veche/gateway/v1/gateway_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import type { Room } from "../domain/call.ts";
import { limits } from "../limits.ts";

export type CodesGiven = {
  readonly bus: Bus;
  readonly clock: Clock;
  /** Digits of new ones. */
  readonly length: number;
  /** Of all. */
  readonly most: number;
};

export class ConferenceCodes implements Disposable {
  readonly #given: CodesGiven;
  readonly #bucket: Bucket<typeof ConferenceCodeSchema>;
  readonly #keys = new Set<string>();
  #watching: Subscription | undefined;

  private constructor(given: CodesGiven, bucket: Bucket<typeof ConferenceCodeSchema>) {
    this.#given = given;
    this.#bucket = bucket;
  }

  static async open(given: CodesGiven): Promise<ConferenceCodes> {
    const codes = new ConferenceCodes(given, await given.bus.bucket(buckets.conferenceCodes, ConferenceCodeSchema));
    codes.#watching = await codes.#bucket.watch(({ key, value }) => {
      if (value === undefined) codes.#keys.delete(key);
      else if (key.startsWith("code.")) codes.#keys.add(key);
    });
    return codes;
  }

  async lookUp(code: string): Promise<Room | undefined> {
    if (!/^\d{1,15}$/.test(code)) return undefined;
    const entry = await this.#bucket.get(`code.${code}`);
    return entry && roomOf(entry.value);
  }

  async find(room: Room): Promise<string | undefined> {
    return (await this.#bucket.get(keyOf(room)))?.value.code;
  }

  /** Of a room that may have had none. Throws `resource-exhausted` where there are as many as there may be. */
  async make(room: Room): Promise<string> {
    if (this.#keys.size >= this.#given.most) throw new VecheError("resource-exhausted", "no more codes are made");
    const createdMs = BigInt(this.#given.clock.now());
    const code = await this.#reserve({ room, createdMs });
    try {
      await this.#bucket.create(keyOf(room), { code, room, createdMs });
      return code;
    } catch (error) {
      await this.#bucket.purge(`code.${code}`);
      if (!isTaken(error)) throw error;
      const theirs = await this.find(room);
      if (theirs === undefined) throw new VecheError("unavailable", "a code is being made for this room");
      return theirs;
    }
  }

  [Symbol.dispose](): void {
    this.#watching?.close();
  }

  async #reserve(value: { readonly room: Room; readonly createdMs: bigint }): Promise<string> {
    for (let attempt = 0; attempt < limits.codeAttempts; attempt += 1) {
      const code = randomCode(this.#given.length);
      try {
        await this.#bucket.create(`code.${code}`, { ...value, code });
        return code;
      } catch (error) {
        if (!isTaken(error)) throw error;
      }
    }
    throw new VecheError("resource-exhausted", "no free code was found: longer ones are needed");
  }
}

/** Never with a zero in front: clients read it as a number. `randomInt` ends at 2^48, which has fifteen digits. */
function randomCode(length: number): string {
  return String(randomInt(10 ** (length - 1), 10 ** length));
}

function keyOf({ room }: Room): string {
  return `room.${escapeToken(room)}`;
}

function roomOf({ room }: ConferenceCode): Room | undefined {
  return room && { tenant: room.tenant, room: room.room, name: room.name, jid: room.jid };
}

function isTaken(error: unknown): boolean {
  return error instanceof VecheError && error.code === "already-exists";
}
