import assert from "node:assert/strict";
import { test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import type { InitiateSessionRequest } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf } from "../codec/xml/element.ts";
import { unit } from "../testing/fake-focus.ts";
import { callTo, FakeGateway, fails } from "../testing/fake-gateway.ts";
import { meeting, room, roomRef, set } from "../testing/meeting.ts";
import { conditionOf } from "../testing/scripted-client.ts";

async function withCall() {
  const met = await meeting();
  const gateway = FakeGateway.on(met.harness.network);
  const call = callTo(room);
  await gateway.inside(call);
  assert.ok(met.harness.focus);
  const { bus } = met.harness.focus;
  const to = { room: roomRef(met.harness), endpoint: call.endpoint, jingleSession: "s1" };
  return { ...met, gateway, call, bus, to, [Symbol.asyncDispose]: () => met[Symbol.asyncDispose]() };
}

test("what the focus tells a call reaches its gateway as it came, in order", async () => {
  await using met = await withCall();
  const { gateway, bus, to } = met;
  const plain = { ip: "127.0.0.1", port: 10_000, srtpSuite: "AEAD_AES_256_GCM", srtpKey: new Uint8Array([1, 2, 3]) };
  const invitation = {
    ...to,
    transport: { plain },
    channelUrl: "",
    bridgeSession: "b1",
    region: "eu",
    conference: "c1",
  };
  const source = { name: "ab12cd34-a0", owner: "ab12cd34" };
  await Promise.all([
    bus.request(xmpp.initiateSession, { unit }, invitation),
    bus.request(xmpp.announceSources, { unit }, { ...to, sources: [source] }),
    bus.request(xmpp.withdrawSources, { unit }, { ...to, sources: [source] }),
    bus.request(xmpp.askToMute, { unit }, { ...to, media: "audio", actor: "ab12cd34" }),
    bus.request(xmpp.endSession, { unit }, { ...to, reason: "expired" }),
  ]);
  assert.deepEqual(
    gateway.told.map(({ type }) => type),
    ["initiateSession", "announceSources", "withdrawSources", "askToMute", "endSession"],
  );
  const [told] = gateway.told.map(({ message }) => message as InitiateSessionRequest);
  assert.deepEqual(
    [told?.endpoint, told?.jingleSession, told?.bridgeSession, told?.conference, told?.transport?.plain?.port],
    [to.endpoint, "s1", "b1", "c1", 10_000],
  );
  assert.deepEqual([...(told?.transport?.plain?.srtpKey ?? [])], [1, 2, 3]);
});

test("what a gateway answers is what the focus hears; a call has no ICE", async () => {
  await using met = await withCall();
  const { gateway, bus, to } = met;
  gateway.refusal = new VecheError("failed-precondition", "no such session");
  await assert.rejects(bus.request(xmpp.endSession, { unit }, to), fails("failed-precondition", /no such session/));
  const transport = { ufrag: "u", pwd: "p" };
  await assert.rejects(bus.request(xmpp.replaceTransport, { unit }, { ...to, transport }), fails("unimplemented"));
});

test("the focus shows a call out and makes it a moderator like anybody", async () => {
  await using met = await withCall();
  const { harness, gateway, call, bus, to } = met;
  await harness.focus?.grant(room, call.endpoint);
  await bus.request(xmpp.kickOccupant, { unit }, { ...to, reason: "over" });
  const out = await gateway.out(call.call);
  assert.deepEqual([out.reason, out.text], ["kicked", "over"]);
});

const hangUp = `<hangup xmlns="${ns.rayo}"/>`;
const dial = (more = "", headers = `<header name="JvbRoomName" value="${room}"/>`) =>
  `<dial xmlns="${ns.rayo}" to="+7 (495) 123-45-67" from="fromnumber" ${more}>${headers}</dial>`;

test("a moderator hangs up a call, others do not", async () => {
  await using met = await withCall();
  const { gateway, call, owner, guest } = met;
  const to = `${room}/${call.endpoint}`;
  assert.equal(conditionOf(await set(guest, hangUp, to)), "forbidden");
  assert.equal((await set(owner, hangUp, to)).attrs.type, "result");
  assert.deepEqual(
    gateway.told.map(({ type, message }) => [type, (message as { byEndpoint: string }).byEndpoint]),
    [["hangUp", owner.nick]],
  );
  gateway.refusal = new VecheError("not-found", "it is over");
  assert.equal(conditionOf(await set(owner, hangUp, to)), "item-not-found");
});

test("who had a call dialled may hang it up", async () => {
  await using met = await meeting();
  const { harness, guest } = met;
  assert.ok(harness.focus);
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  harness.focus.dial = () => ({ endpoint: call.endpoint });
  const answer = await set(guest, dial(), `${room}/focus`);
  assert.equal(childOf(answer, "ref", ns.rayo)?.attrs.uri, `xmpp:${room}/${call.endpoint}`);
  await gateway.inside(call);
  assert.equal((await set(guest, hangUp, `${room}/${call.endpoint}`)).attrs.type, "result");
});

test("a room in which only calls are left is closed with them, and not while somebody else is there", async () => {
  await using met = await withCall();
  const { harness, gateway, call, bus, to, owner, guest } = met;
  const closing = { room: to.room, reason: "empty", onlyEmpty: true, withoutPeople: true };
  await assert.rejects(bus.request(xmpp.closeRoom, { unit }, closing), fails("failed-precondition"));
  await Promise.all([owner.close(), guest.close()]);
  await harness.focus?.hears(() => harness.focus?.of("occupantLeft").length === 2);
  const asking = { ...closing, withoutPeople: false };
  await assert.rejects(bus.request(xmpp.closeRoom, { unit }, asking), fails("failed-precondition"));
  await bus.request(xmpp.closeRoom, { unit }, closing);
  assert.equal((await gateway.out(call.call)).reason, "ended");
});
