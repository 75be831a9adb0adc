import assert from "node:assert/strict";
import { toVecheError } from "@veche/kit/errors.ts";
import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { brokenPromises } from "./promises.ts";
import type { Stage } from "./stage.ts";
import type { FakeClient } from "./xmpp.ts";

/** Everybody knows the sources of everybody else, and the bridge was told that media may flow. */
export function assertCall(stage: Stage, clients: readonly FakeClient[]): void {
  for (const client of clients) {
    const others = clients.filter((other) => other !== client);
    const sent = others.flatMap(({ sources }) => sources);
    const expected = sent
      .filter(({ kind }) => client.gateway === "" || kind === MediaKind.AUDIO)
      .map(({ name }) => name);
    expected.sort();
    assert.deepEqual([...client.remote.keys()].sort(), expected, `what ${client.endpoint} knows`);
    const held = stage.heldBy(client.endpoint);
    assert.deepEqual([...(held?.waiting ?? ["nothing held"])], [], `what flows to ${client.endpoint}`);
    for (const [name, source] of client.remote) {
      assert.deepEqual(held?.received.get(name)?.ssrcs, source.ssrcs, `${client.endpoint} knows ${name} by its SSRCs`);
    }
  }
  assert.deepEqual(stage.xmpp.failures, []);
}

export async function callOf(stage: Stage, ...endpoints: string[]): Promise<FakeClient[]> {
  const clients: FakeClient[] = [];
  for (const endpoint of endpoints) {
    clients.push(await stage.xmpp.join("standup", endpoint));
    await stage.pass(1_000);
  }
  assertCall(stage, clients);
  return clients;
}

export async function codeOf(asking: Promise<unknown>): Promise<string> {
  return asking.then(
    () => "ok",
    (error: unknown) => toVecheError(error).code,
  );
}

export async function assertPromises(stage: Stage, isOver: boolean): Promise<void> {
  const facts = await stage.facts();
  for (const session of new Set(facts.map((fact) => fact.session))) {
    const own = facts.filter((fact) => fact.session === session);
    assert.deepEqual(brokenPromises(own, isOver), []);
    assert.equal(new Set(own.map(({ id }) => id)).size, own.length, "every fact has an id of its own");
  }
}
