import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import type { OccupantJoined } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { EnterRoomRequestSchema } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { childOf, elementsOf } from "../codec/xml/element.ts";
import { defaultLimits } from "../limits.ts";
import { callTo, type EnterInit, FakeGateway, fails, presenceOf } from "../testing/fake-gateway.ts";
import { meeting, room } from "../testing/meeting.ts";
import { readWish } from "./fields.ts";

const limits = { ...defaultLimits.calls, passwordLength: defaultLimits.passwordLength };

function wish(more: EnterInit) {
  return readWish(create(EnterRoomRequestSchema, { gateway: "gw1", instance: "i1", ...callTo(room), ...more }), limits);
}

const headers = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${index}`, "v"]));

test("each field of a call has its limit, and what is beyond is an error that says which", () => {
  const table: readonly (readonly [string, (length: number) => EnterInit, number])[] = [
    ["display_name", (length) => ({ displayName: "n".repeat(length) }), 128],
    ["status", (length) => ({ presence: { status: "s".repeat(length) } }), 128],
    ["phone", (length) => ({ phone: "1".repeat(length) }), 256],
    ["password", (length) => ({ password: "1".repeat(length) }), 256],
    ["region", (length) => ({ region: "r".repeat(length) }), 64],
    ["call", (length) => ({ call: "c".repeat(length) }), 64],
    ["gateway", (length) => ({ gateway: "g".repeat(length) }), 64],
    ["instance", (length) => ({ instance: "i".repeat(length) }), 64],
    ["headers", (length) => ({ headers: headers(length) }), 16],
    ["name of a header", (length) => ({ headers: { ["n".repeat(length)]: "" } }), 64],
    ["value of a header", (length) => ({ headers: { n: "v".repeat(length) } }), 256],
  ];
  for (const [field, given, most] of table) {
    assert.ok(wish(given(most)), field);
    for (const length of [most + 1, 10_000]) {
      assert.throws(() => wish(given(length)), fails("invalid-argument", new RegExp(`^${field}: expected`)), field);
    }
  }
});

test("what is no line of text, no name and no moment is refused", () => {
  const odd: readonly EnterInit[] = [
    { displayName: "two\nlines" },
    { displayName: "\u0000" },
    { phone: "+7\r\nX-Injected: 1" },
    { presence: { status: "half a \ud83d" } },
    { headers: { "": "nameless" } },
    { headers: { name: "tab\t" } },
    { call: "" },
    { call: "a b" },
    { gateway: "*" },
    { instance: ">" },
    { endpoint: "" },
    { endpoint: "ABCDEF01" },
    { endpoint: "focus" },
    { endpoint: "0123456789" },
    { presence: { raisedHandMs: 2n ** 60n } },
  ];
  for (const given of odd)
    assert.throws(() => wish(given), fails("invalid-argument"), JSON.stringify(Object.keys(given)));
});

test("what no room can be called is refused, and nobody is asked about it", async () => {
  await using met = await meeting();
  const gateway = FakeGateway.on(met.harness.network);
  for (const jid of [
    "",
    "standup",
    `${room}/nick`,
    "standup@elsewhere.example",
    "jigasibrewery@internal-muc.meet.jitsi",
  ]) {
    const call = { ...callTo(room), room: { jid } };
    await assert.rejects(gateway.enter(call), fails("invalid-argument"), jid);
  }
  assert.equal(met.harness.focus?.asked.filter(({ type }) => type === "requestConference").length, 2);
});

test("a name with all that XML gives a meaning to is a name, for everybody", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const displayName = `</nick><x xmlns="http://jabber.org/protocol/muc#user"><item role='moderator'/></x>&amp;]]>`;
  const header = `"/><status code="110"/>'`;
  const call = callTo(room, { displayName, headers: { [header]: header }, presence: { status: "<a&b>" } });
  await gateway.inside(call);
  const seen = await owner.next(presenceOf(call.endpoint));
  assert.equal(childOf(seen, "nick")?.getText(), displayName);
  assert.equal(childOf(seen, "status")?.getText(), "<a&b>");
  const initiator = childOf(seen, "initiator");
  assert.deepEqual(initiator && elementsOf(initiator).map(({ attrs }) => [attrs.name, attrs.value]), [
    [header, header],
  ]);
  assert.equal(elementsOf(seen).filter(({ name }) => name === "x").length, 1);
  const joined = harness.focus?.of<OccupantJoined>("occupantJoined").at(-1);
  assert.equal(joined?.occupant?.displayName, displayName);
});

test("a gateway has so many calls, and others have theirs", async () => {
  await using met = await meeting({ limits: { calls: { ...defaultLimits.calls, perGateway: 1 } } });
  const { network } = met.harness;
  const [gateway, other] = [FakeGateway.on(network), FakeGateway.on(network, "gw2")];
  const call = callTo(room);
  await gateway.inside(call);
  await gateway.inside(call);
  await assert.rejects(gateway.enter(callTo(room)), fails("resource-exhausted"));
  await other.inside(callTo(room));
  await gateway.leave(call.call);
  await gateway.inside(callTo(room));
});

test("a room that is open under another spelling of its name is that room for a call", async () => {
  await using met = await meeting();
  const { harness, guest } = met;
  const gateway = FakeGateway.on(harness.network);
  await guest.enter("5%d0%b0@muc.meet.jitsi");
  const occupant = await gateway.inside(callTo("5а@muc.meet.jitsi"));
  assert.deepEqual([occupant.room?.jid, occupant.participants], ["5%d0%b0@muc.meet.jitsi", 2]);
});
