/**
 * Numbers and codes for dialling in, as Jitsi's conference mapper answers (protocol/webapp.md): the web role passes
 * `/dial-in/…` of the public origin on to any gateway. Codes can't be found by trying: who asks for ones that are none
 * is not answered for a while, and nobody makes many.
 */

import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { FastifyInstance } from "@veche/kit/http.ts";
import type { Room } from "../domain/call.ts";
import { type Failures, isShutOut, noteFailure, type RateRules } from "../domain/source-rates.ts";
import { rates } from "../limits.ts";
import type { GatewayMetrics } from "../metrics.ts";
import type { DialInNumber } from "../settings.ts";
import type { ConferenceCodes } from "./conference-codes.ts";

export type DialInGiven = {
  readonly codes: Pick<ConferenceCodes, "lookUp" | "find" | "make">;
  readonly numbers: readonly DialInNumber[];
  readonly hasCodes: boolean;
  readonly roomOf: (address: string, tenant: string) => Room | undefined;
  readonly clock: Clock;
  readonly metrics: GatewayMetrics;
};

export const dialInPath = "/dial-in";

type Asked = { readonly headers: Readonly<Record<string, string | string[] | undefined>>; readonly ip: string };

type Query = { readonly conference?: unknown; readonly id?: unknown };

export function mountDialIn(app: FastifyInstance, given: DialInGiven): void {
  const { numbers, hasCodes } = given;
  const wrong = new Rate(rates.wrongCodes, given.clock);
  const made = new Rate(rates.newCodes, given.clock);
  app.get(`${dialInPath}/numbers`, () => ({
    message: "Dial-In numbers:",
    numbersEnabled: numbers.length > 0,
    numbers: byCountry(numbers),
  }));
  app.get<{ Querystring: Query }>(`${dialInPath}/code`, async (request) => {
    const { conference, id } = request.query;
    if (!hasCodes) throw new VecheError("not-found", "conferences have no codes here");
    if (typeof conference === "string") return codeOf(given, made, conference, addressOf(request));
    if (typeof id === "string") return conferenceOf(given, wrong, id, addressOf(request));
    throw new VecheError("invalid-argument", "expected conference=<address of the room> or id=<code>");
  });
}

async function codeOf({ codes, roomOf, metrics }: DialInGiven, made: Rate, conference: string, address: string) {
  const room = roomOf(conference, "");
  if (room === undefined) throw new VecheError("invalid-argument", "conference: expected the address of a room here");
  const known = await codes.find(room);
  if (known === undefined) made.check(address);
  const code = known ?? (await codes.make(room));
  if (known === undefined) made.note(address);
  metrics.codes.inc({ outcome: known === undefined ? "made" : "known" });
  return { message: "Successfully retrieved conference mapping", id: Number(code), conference: room.jid };
}

async function conferenceOf({ codes, metrics }: DialInGiven, wrong: Rate, id: string, address: string) {
  if (!/^\d{1,15}$/.test(id)) throw new VecheError("invalid-argument", "id: expected digits");
  wrong.check(address);
  const room = await codes.lookUp(id);
  metrics.codes.inc({ outcome: room === undefined ? "unknown" : "found" });
  if (room !== undefined)
    return { message: "Successfully retrieved conference mapping", id: Number(id), conference: room.jid };
  wrong.note(address);
  return { message: "No conference mapping was found", id: Number(id), conference: false };
}

class Rate {
  readonly #rules: RateRules;
  readonly #clock: Clock;
  #failures: Failures = new Map();

  constructor(rules: RateRules, clock: Clock) {
    this.#rules = rules;
    this.#clock = clock;
  }

  /** Throws `resource-exhausted`. */
  check(source: string): void {
    if (isShutOut(this.#failures, source, this.#clock.now(), this.#rules))
      throw new VecheError("resource-exhausted", "too many requests: try again in a minute");
  }

  note(source: string): void {
    this.#failures = noteFailure(this.#failures, source, this.#clock.now(), this.#rules);
  }
}

/** The web role says where a request comes from, and leaves out what a client says of it. */
function addressOf(request: Asked): string {
  const forwarded = request.headers["x-forwarded-for"];
  return typeof forwarded === "string" ? forwarded : request.ip;
}

function byCountry(numbers: readonly DialInNumber[]): Readonly<Record<string, readonly string[]>> {
  const byCountry: Record<string, string[]> = {};
  for (const { country, number } of numbers) byCountry[country] = [...(byCountry[country] ?? []), number];
  return byCountry;
}
