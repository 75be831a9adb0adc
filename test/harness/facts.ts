/** Reads the public facts as another system would: its own user, a plain client, by replay. */

import assert from "node:assert/strict";
import { DeliverPolicy, jetstream } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { LocalStack } from "@veche/deploy/local/stack.ts";
import { roomId } from "@veche/proto/ids.ts";
import { brokenPromises, type FactBody, type ObservedFact } from "./event-promises.ts";
import { signInTo } from "./nats.ts";
import { eventually, type WaitOptions } from "./wait.ts";

const user = "operator";
const stream = "CONFERENCE";
const emptyAfterMs = 2_000;

async function connectSubscriber(stack: LocalStack): Promise<NatsConnection> {
  return connect(signInTo(stack, user));
}

/** Every fact of a room so far, oldest first. */
export async function readFacts(stack: LocalStack, room: string): Promise<ObservedFact[]> {
  const connection = await connectSubscriber(stack);
  try {
    const filter = `conference.v1.*.${roomId(room)}.>`;
    const consumer = await jetstream(connection).consumers.get(stream, {
      filter_subjects: filter,
      deliver_policy: DeliverPolicy.All,
    });
    const facts: ObservedFact[] = [];
    let pending = (await consumer.info()).num_pending;
    while (pending > 0) {
      const batch = await consumer.fetch({ max_messages: pending, expires: emptyAfterMs });
      for await (const message of batch) {
        facts.push({
          subject: message.subject,
          streamSequence: message.seq,
          id: message.headers?.get("Nats-Msg-Id") ?? "",
          body: message.json<FactBody>(),
        });
        pending = message.info.pending;
      }
    }
    return facts;
  } finally {
    await connection.close();
  }
}

export const nameOf = (fact: ObservedFact): string => fact.subject.split(".").slice(5).join(".");

export const bodyOf = (fact: ObservedFact): FactBody => fact.body as FactBody;

/** Waits for the end of the sitting, then holds everything that was said of it against the promises. */
export async function promisesHeld(
  stack: LocalStack,
  room: string,
  forbiddenTexts: readonly string[] = [],
  options: WaitOptions = {},
): Promise<ObservedFact[]> {
  let facts: ObservedFact[] = [];
  await eventually(
    "the sitting's end",
    async () => {
      facts = await readFacts(stack, room);
      const isOver = facts.some((fact) => nameOf(fact) === "session.ended");
      return isOver ? undefined : `read ${facts.map(nameOf).join(", ")}`;
    },
    { timeoutMs: 30_000, ...options },
  );
  assert.deepEqual(brokenPromises(facts, { isOver: true, forbiddenTexts }), [], describeFacts(facts));
  return facts;
}

/** Nobody left by another way than their own wish. */
export function assertNobodyLost(facts: readonly ObservedFact[]): void {
  const reasons = facts.filter((fact) => nameOf(fact) === "participant.left").map((fact) => bodyOf(fact).reason);
  assert.ok(
    reasons.every((reason) => reason === "client"),
    `left for ${reasons.join(", ")}\n${describeFacts(facts)}`,
  );
}

export function describeFacts(facts: readonly ObservedFact[]): string {
  return facts
    .map((fact) => {
      const { seq, epoch, time, participant, source, reason } = bodyOf(fact);
      const endpoint = (participant as FactBody | undefined)?.endpoint;
      const more = [endpoint, (source as FactBody | undefined)?.name, reason].filter((text) => text !== undefined);
      return `${String(seq)} e${String(epoch)} ${String(time)} ${nameOf(fact)} ${more.join(" ")}`;
    })
    .join("\n");
}
