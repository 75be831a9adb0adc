import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { encodeBody } from "@veche/kit/body.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { createLogger } from "@veche/kit/log.ts";
import { requestOver } from "@veche/kit/nats-request.ts";
import type { RequestContract } from "@veche/proto/contract.ts";
import { roomId } from "@veche/proto/ids.ts";
import { webhooks } from "@veche/proto/subjects.ts";
import { openOperatorLink } from "../local/operator-link.ts";
import { readArguments } from "../users/arguments.ts";
import { Fault } from "../users/fault.ts";
import { listing } from "./listing.ts";
import { readDuration, readTime } from "./times.ts";

/** A test waits for an endpoint that may be slow. */
const patienceMs = 65_000;
/** A server that is not there is not waited for. */
const connectMs = 5_000;

const json = { json: { type: "boolean" } } as const;
const oneName = { least: 1, most: 1, expected: "the name of a webhook" };

export const commands: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  async add(args) {
    const options = {
      ...json,
      facts: { type: "string" },
      room: { type: "string", multiple: true },
      tenant: { type: "string" },
      mode: { type: "string" },
      from: { type: "string" },
    } as const;
    const { values, positionals } = readArguments(args, options, {
      least: 2,
      most: 2,
      expected: "a name and an address",
    });
    const [name = "", url = ""] = positionals;
    const facts = (values.facts ?? "").split(",").flatMap((fact) => fact.trim() || []);
    if (facts.length === 0) throw new Fault("usage", "expected --facts with some, such as participant.joined (--help)");
    const rooms = (values.room ?? []).map((room) => (/^[a-z2-7]{20}$/.test(room) ? room : roomId(room, values.tenant)));
    const startMs = values.from === undefined ? 0n : readTime(values.from, "--from");
    const { secret } = await ask(webhooks.addEndpoint, { name, url, facts, rooms, mode: values.mode ?? "", startMs });
    printSecret(secret, values.json);
  },

  async list(args) {
    const { values } = readArguments(args, json, { least: 0, most: 0, expected: "no more" });
    const { endpoints } = await ask(webhooks.listEndpoints, {});
    console.log(values.json ? toJson(endpoints) : listing(endpoints, Date.now()));
  },

  async remove(args) {
    const { positionals } = readArguments(args, json, oneName);
    await ask(webhooks.removeEndpoint, { name: positionals[0] });
  },

  async enable(args) {
    const options = { ...json, skip: { type: "boolean" } } as const;
    const { values, positionals } = readArguments(args, options, oneName);
    const { skipped } = await ask(webhooks.enableEndpoint, { name: positionals[0], skip: values.skip ?? false });
    if (skipped !== "") console.log(`${skipped} is left out`);
  },

  async "rotate-secret"(args) {
    const options = { ...json, keep: { type: "string", default: "24h" } } as const;
    const { values, positionals } = readArguments(args, options, oneName);
    const keepMs = readDuration(values.keep, "--keep");
    const { secret } = await ask(webhooks.rotateSecret, { name: positionals[0], keepMs });
    printSecret(secret, values.json);
  },

  async redeliver(args) {
    const options = { ...json, from: { type: "string" }, to: { type: "string" } } as const;
    const { values, positionals } = readArguments(args, options, oneName);
    if (values.from === undefined) throw new Fault("usage", "expected --from with a time (--help)");
    const fromMs = readTime(values.from, "--from");
    const toMs = values.to === undefined ? 0n : readTime(values.to, "--to");
    const { id } = await ask(webhooks.redeliver, { name: positionals[0], fromMs, toMs });
    console.log(values.json ? toJson({ id }) : `redelivery ${id} has begun; "list" says when it is over`);
  },

  async test(args) {
    const { values, positionals } = readArguments(args, json, oneName);
    const { status, failure, durationMs } = await ask(webhooks.testEndpoint, { name: positionals[0] });
    if (values.json) console.log(toJson({ status, failure, durationMs }));
    else if (failure === "") console.log(`accepted with status ${status} within ${durationMs} ms`);
    if (failure !== "") throw new Fault("refused", `not accepted: ${failure}`);
  },
};

async function ask<Q extends DescMessage, A extends DescMessage>(
  contract: RequestContract<string, Q, A>,
  request: MessageInitShape<Q>,
): Promise<MessageShape<A>> {
  const waited = AbortSignal.timeout(connectMs);
  const { link } = await openOperatorLink("webhooks", createLogger("operator", "silent"), waited).catch(
    (error: unknown) => {
      throw waited.aborted
        ? new Fault("unreachable", "NATS is out of reach: does Veche run?", { cause: error })
        : error;
    },
  );
  try {
    return await requestOver(link, contract, {}, encodeBody(contract.request, request), { limitMs: patienceMs });
  } catch (error) {
    throw error instanceof VecheError ? faultOf(error) : error;
  } finally {
    await link.close();
  }
}

function faultOf(error: VecheError): Fault {
  const { code, message } = error;
  if (code === "unavailable" || code === "deadline-exceeded")
    return new Fault(
      "unreachable",
      `no deliverer answers (${message}): VECHE_WEBHOOKS=on npm start, or docker compose --profile webhooks up -d, runs one`,
      { cause: error },
    );
  return new Fault("refused", code === "already-exists" ? "there is a webhook of that name" : message, {
    cause: error,
  });
}

function printSecret(secret: string, isJson: boolean | undefined): void {
  console.log(isJson ? toJson({ secret }) : `Requests are signed with this key, which is not shown again:\n${secret}`);
}

function toJson(value: unknown): string {
  const plain = (key: string, inner: unknown) =>
    key.startsWith("$") ? undefined : typeof inner === "bigint" ? Number(inner) : inner;
  return JSON.stringify(value, plain, 2);
}
