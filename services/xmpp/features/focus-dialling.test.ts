import assert from "node:assert/strict";
import { test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import type { DialOutRequest } from "@veche/proto/gen/veche/focus/v1/focus_pb.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf } from "../codec/xml/element.ts";
import { defaultLimits } from "../limits.ts";
import type { Harness } from "../testing/harness.ts";
import { meeting, room, set } from "../testing/meeting.ts";
import { conditionOf } from "../testing/scripted-client.ts";
import { tokenOf, withToken, withTokens } from "../testing/tokens.ts";

const focusJid = `${room}/focus`;
const roomHeader = `<header name="JvbRoomName" value="${room}"/>`;
const dial = (to = "+74951234567", headers = roomHeader) =>
  `<dial xmlns="${ns.rayo}" from="fromnumber" to="${to}">${headers}</dial>`;

function askedOf({ focus }: Harness): DialOutRequest[] {
  const asked = focus?.asked.filter(({ type }) => type === "dialOut") ?? [];
  return asked.map(({ message }) => message as DialOutRequest);
}

test("who dials hears the address that the call has in the room", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const headers = `${roomHeader}<header xmlns="${ns.rayo}" name="X-Class" value="5а &amp; 5б"/>`;
  const answer = await set(owner, dial("+7 (495) 123-45-67", headers), focusJid);
  assert.equal(childOf(answer, "ref", ns.rayo)?.attrs.uri, `xmpp:${room}/0badcafe`);
  const [asked] = askedOf(harness);
  assert.deepEqual(
    [asked?.endpoint, asked?.to, asked?.from, asked?.headers, asked?.granted, asked?.denied],
    [owner.nick, "+7 (495) 123-45-67", "fromnumber", { JvbRoomName: room, "X-Class": "5а & 5б" }, [], []],
  );
});

test("what a token names goes with it, granted or denied", async () => {
  await using met = await meeting({ env: withTokens });
  const { harness } = met;
  const granted = await withToken(harness, tokenOf("u1", { "outbound-call": true, "sip-outbound-call": false }));
  await granted.enter(room);
  await set(granted, dial(), focusJid);
  const [asked] = askedOf(harness);
  assert.deepEqual([asked?.granted, asked?.denied], [["outbound-call"], ["sip-outbound-call"]]);
});

test("each refusal is the error that clients know, and a number is dialled once", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  assert.ok(harness.focus);
  const table = [
    ["permission-denied", "forbidden"],
    ["failed-precondition", "unexpected-request"],
    ["resource-exhausted", "resource-constraint"],
    ["invalid-argument", "bad-request"],
    ["unavailable", "service-unavailable"],
    ["deadline-exceeded", "remote-server-timeout"],
  ] as const;
  for (const [code, condition] of table) {
    harness.focus.refusal = new VecheError(code, "no");
    assert.equal(conditionOf(await set(owner, dial(), focusJid)), condition);
  }
  assert.equal(askedOf(harness).length, table.length);
});

test("another room's call, a transcriber and what is no number are refused without asking the focus", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const elsewhere = '<header name="JvbRoomName" value="other@muc.meet.jitsi"/>';
  assert.equal(conditionOf(await set(owner, dial("+7495", elsewhere), focusJid)), "forbidden");
  assert.equal(conditionOf(await set(owner, dial("+7495", ""), focusJid)), "forbidden");
  assert.equal(conditionOf(await set(owner, dial("jitsi_meet_transcribe"), focusJid)), "service-unavailable");
  const many = Array.from({ length: 17 }, (_, index) => `<header name="h${index}" value=""/>`).join("");
  for (const odd of [
    dial(""),
    dial("1".repeat(257)),
    dial("1", many),
    dial("1", `<header name="${"n".repeat(65)}"/>`),
  ]) {
    assert.equal(conditionOf(await set(owner, odd, focusJid)), "bad-request");
  }
  assert.deepEqual(askedOf(harness), []);
});

test("one person dials so many at once", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  assert.ok(harness.focus);
  const gate = Promise.withResolvers<void>();
  harness.focus.gate = gate.promise;
  const dialling = [1, 2, 3, 4].map(() => set(owner, dial(), focusJid));
  assert.equal(conditionOf(await set(owner, dial(), focusJid)), "resource-constraint");
  gate.resolve();
  for (const answer of await Promise.all(dialling)) assert.equal(answer.attrs.type, "result");
  assert.equal((await set(owner, dial(), focusJid)).attrs.type, "result");
});

test("without a focus nobody is dialled", async () => {
  await using met = await meeting();
  met.harness.focus?.close();
  assert.equal(conditionOf(await set(met.owner, dial(), focusJid)), "service-unavailable");
});

test("a focus that does not answer in time is a timeout, and is asked no more", async () => {
  await using met = await meeting({ limits: { calls: { ...defaultLimits.calls, dialMs: 50 } } });
  const { harness, owner } = met;
  assert.ok(harness.focus);
  const gate = Promise.withResolvers<void>();
  harness.focus.gate = gate.promise;
  assert.equal(conditionOf(await set(owner, dial(), focusJid)), "remote-server-timeout");
  gate.resolve();
  assert.equal(askedOf(harness).length, 1);
});
