/** What the operator's command asks. */
import { randomBytes } from "node:crypto";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import {
  type AddEndpointRequest,
  type Endpoint,
  type EndpointSchema,
  RedeliverySchema,
  SigningSecretSchema,
} from "@veche/proto/gen/veche/webhooks/v1/webhooks_pb.ts";
import { webhooks } from "@veche/proto/subjects.ts";
import type { Deliverer } from "../delivery/deliverer.ts";
import { signingSecrets, sourcesOf } from "../delivery/endpoint.ts";
import { storedOf } from "../delivery/states.ts";
import { type Mode, modes } from "../domain/cloud-event.ts";
import { enabled, isDisabled } from "../domain/progress.ts";
import { judge } from "../domain/verdict.ts";
import type { WebhookEvents } from "../events.ts";
import { wantedOf } from "../facts.ts";
import { limits } from "../limits.ts";
import { newSecret } from "./signature.ts";
import type { Targets } from "./targets.ts";

export type RequestsGiven = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly events: WebhookEvents;
  readonly deliverer: Deliverer;
  readonly targets: Targets;
  readonly instance: string;
};

export function serveRequests(given: RequestsGiven): Disposable {
  const { bus } = given;
  const handlers = new Requests(given);
  const serving = [
    bus.serve(webhooks.addEndpoint, (request) => handlers.add(request)),
    bus.serve(webhooks.listEndpoints, () => handlers.list()),
    bus.serve(webhooks.removeEndpoint, ({ name }) => handlers.remove(name)),
    bus.serve(webhooks.enableEndpoint, ({ name, skip }) => handlers.enable(name, skip)),
    bus.serve(webhooks.rotateSecret, ({ name, keepMs }) => handlers.rotate(name, Number(keepMs))),
    bus.serve(webhooks.redeliver, ({ name, fromMs, toMs }) => handlers.redeliver(name, Number(fromMs), Number(toMs))),
    bus.serve(webhooks.testEndpoint, ({ name }) => handlers.test(name)),
  ];
  return { [Symbol.dispose]: () => serving.forEach((one) => void one.close()) };
}

class Requests {
  readonly #given: RequestsGiven;

  constructor(given: RequestsGiven) {
    this.#given = given;
  }

  async add(request: AddEndpointRequest) {
    const { deliverer, clock, events, targets } = this.#given;
    const { name, facts, rooms } = request;
    checkEndpoint(request, targets);
    const { endpoints } = deliverer;
    if (endpoints.all.length >= limits.endpoints)
      throw new VecheError("resource-exhausted", `expected at most ${limits.endpoints} webhooks, found as many`);
    const secret = newSecret();
    const nowMs = BigInt(clock.now());
    await endpoints.create(name, {
      name,
      id: randomBytes(8).toString("hex"),
      url: new URL(request.url).href,
      facts,
      rooms,
      mode: request.mode || "structured",
      secrets: [{ secret, untilMs: 0n }],
      createdMs: nowMs,
      startMs: request.startMs || nowMs,
    });
    events.changed(name, "added");
    return { secret };
  }

  async list() {
    const { deliverer, clock } = this.#given;
    const summaries = deliverer.endpoints.all.map(async (endpoint) => {
      const { name, id, facts, rooms, mode, redeliveries, url } = endpoint;
      return {
        name,
        facts,
        rooms,
        mode,
        redeliveries,
        url: withoutPassword(url),
        state: storedOf(deliverer.states.get(id)),
        waiting: BigInt((await deliverer.run(name)?.waiting()) ?? 0),
        secrets: signingSecrets(endpoint, clock.now()).length,
      };
    });
    return { endpoints: (await Promise.all(summaries)).sort((one, other) => (one.name < other.name ? -1 : 1)) };
  }

  async remove(name: string) {
    const { deliverer, events } = this.#given;
    const endpoint = await this.#find(name);
    await deliverer.endpoints.remove(name);
    await deliverer.forget(endpoint.id, sourcesOf(endpoint));
    events.changed(name, "removed");
    return {};
  }

  async enable(name: string, skip: boolean) {
    const { deliverer, events } = this.#given;
    const endpoint = await this.#find(name);
    const before = await deliverer.states.ask(endpoint.id);
    const skipped = skip ? before.failedEvent : "";
    if (skip && skipped === "")
      throw new VecheError(
        "failed-precondition",
        `webhook "${name}": no fact is tried again, so there is none to skip`,
      );
    if (skip) await this.#change(name, (stored) => ({ ...stored, skipped }));
    if (isDisabled(before)) await deliverer.warn(endpoint, before, true);
    await deliverer.states.change(endpoint.id, enabled);
    events.changed(name, "enabled");
    return { skipped };
  }

  async rotate(name: string, keepMs: number) {
    const { clock, events } = this.#given;
    if (keepMs > limits.keepSecretMs)
      throw new VecheError("invalid-argument", `expected at most 30 days for the former key, found ${keepMs} ms`);
    const secret = newSecret();
    const untilMs = BigInt(clock.now() + keepMs);
    await this.#change(name, ({ secrets, ...rest }) => {
      const former = secrets.slice(0, 1).map((one) => ({ ...one, untilMs }));
      return { ...rest, secrets: [create(SigningSecretSchema, { secret }), ...(keepMs > 0 ? former : [])] };
    });
    events.changed(name, "given a new key");
    return { secret };
  }

  async redeliver(name: string, fromMs: number, toMs: number) {
    const { clock, deliverer, events } = this.#given;
    const nowMs = clock.now();
    const endMs = toMs === 0 ? nowMs : toMs;
    const endpoint = await this.#find(name);
    const refuse = (text: string): never => {
      throw new VecheError("failed-precondition", `webhook "${name}": ${text}`);
    };
    if (isDisabled(await deliverer.states.ask(endpoint.id))) refuse("it is disabled; enable it first");
    if (fromMs >= endMs || endMs > nowMs)
      throw new VecheError("invalid-argument", "expected a time, and a later one that is not to come");
    const id = randomBytes(4).toString("hex");
    await this.#change(name, (stored) => {
      if (stored.redeliveries.length >= limits.redeliveriesOfEndpoint)
        refuse(`expected at most ${limits.redeliveriesOfEndpoint} redeliveries at a time, found as many`);
      const streams = wantedOf(stored.facts, stored.rooms).map(({ stream }) => stream.name);
      const redelivery = create(RedeliverySchema, { id, fromMs: BigInt(fromMs), toMs: BigInt(endMs), streams });
      return { ...stored, redeliveries: [...stored.redeliveries, redelivery] };
    });
    events.changed(name, "asked to deliver once more");
    return { id };
  }

  async test(name: string) {
    const { clock, deliverer, instance } = this.#given;
    await this.#find(name);
    const run = deliverer.run(name);
    if (!run) throw new VecheError("unavailable", `webhook "${name}": this process has not heard of it yet; try again`);
    const startedAt = performance.now();
    const answer = await run.send({
      id: `ping-${randomBytes(8).toString("hex")}`,
      source: `/webhooks/${instance}`,
      type: "veche.webhooks.v1.Ping",
      time: new Date(clock.now()).toISOString(),
      subject: name,
      data: { webhook: name },
    });
    const verdict = judge(answer, clock.now());
    return {
      status: "status" in answer ? answer.status : 0,
      failure: { accepted: "", gone: "status 410", failed: "failure" in verdict ? verdict.failure : "" }[verdict.type],
      durationMs: Math.round(performance.now() - startedAt),
    };
  }

  async #find(name: string): Promise<Endpoint> {
    return (await this.#given.deliverer.endpoints.ask(name)) ?? missing(name);
  }

  async #change(name: string, change: (stored: Endpoint) => MessageInitShape<typeof EndpointSchema>): Promise<void> {
    await this.#given.deliverer.endpoints.change(name, (stored) => change(stored ?? missing(name)));
  }
}

function missing(name: string): never {
  throw new VecheError("not-found", `there is no webhook "${name}"`);
}

/** Throws `invalid-argument` with what was expected. */
function checkEndpoint({ name, url, facts, rooms, mode }: AddEndpointRequest, targets: Targets): void {
  const expect = (isGood: boolean, expected: string, found: string) => {
    if (!isGood) throw new VecheError("invalid-argument", `expected ${expected}, found "${found.slice(0, 100)}"`);
  };
  const namePattern = new RegExp(`^[a-z0-9][a-z0-9-]{0,${limits.nameLength - 1}}$`);
  expect(
    namePattern.test(name),
    `a name of lower-case letters, digits and hyphens, ${limits.nameLength} at most`,
    name,
  );
  const address = url.length <= limits.urlLength ? URL.parse(url) : null;
  const isGoodUrl = address !== null && ["https:", "http:"].includes(address.protocol) && address.hash === "";
  expect(isGoodUrl, `an address https://…, ${limits.urlLength} characters at most`, url.split("?", 1)[0] ?? "");
  const fault = address === null ? undefined : targets.literalFault(address);
  expect(fault === undefined, `an address that may be sent to (${fault})`, address?.hostname ?? "");
  expect(mode === "" || modes.includes(mode as Mode), modes.join(" or "), mode);
  expect(
    facts.length > 0 && facts.length <= limits.factsOfEndpoint,
    `1 to ${limits.factsOfEndpoint} facts`,
    `${facts.length}`,
  );
  expect(rooms.length <= limits.roomsOfEndpoint, `at most ${limits.roomsOfEndpoint} rooms`, `${rooms.length}`);
  for (const room of rooms) expect(/^[a-z2-7]{20}$/.test(room), "the id of a room", room);
  wantedOf(facts, rooms);
}

/** What stands before the host, and what may be a key behind the path. */
function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  if (shown.search !== "") shown.search = "?…";
  return decodeURI(shown.href);
}
