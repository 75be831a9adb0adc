import assert from "node:assert/strict";
import { test } from "node:test";
import type { RoomUpdated } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, elementsOf } from "../codec/xml/element.ts";
import { Harness } from "../testing/harness.ts";
import {
  configure,
  fieldsOf,
  get,
  gone,
  isError,
  meeting,
  room,
  roomInfo,
  set,
  statusesOf,
  withStatus,
} from "../testing/meeting.ts";
import { conditionOf } from "../testing/scripted-client.ts";

test("a password keeps out who does not know it, and everybody is told to look again", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  assert.equal(
    (await configure(owner, { passwordprotectedroom: "1", roomsecret: "1234", whois: "anyone" })).attrs.type,
    "result",
  );
  await guest.next((stanza) => statusesOf(stanza).includes("104"));
  const stranger = await harness.client();
  stranger.join(room);
  const refused = await stranger.next("presence");
  assert.equal(conditionOf(refused), "not-authorized");
  assert.equal(childOf(refused, "error")?.attrs.type, "auth");
  stranger.send(
    `<presence to="${room}/${stranger.nick}"><x xmlns="${ns.muc}"><password>1234</password></x></presence>`,
  );
  await stranger.joined(room);
  const info = childOf(await get(guest, `<query xmlns="${ns.discoInfo}"/>`), "query");
  assert.ok(elementsOf(info ?? assert.fail()).some(({ attrs }) => attrs.var === "muc_passwordprotected"));
  await configure(owner, { passwordprotectedroom: "0", roomsecret: "" });
  const another = await harness.client();
  await another.enter(room);
});

test("the configuration form has the fields that the library and the focus look for", async () => {
  await using met = await meeting();
  const query = childOf(await get(met.owner, `<query xmlns="${ns.mucOwner}"/>`), "query", ns.mucOwner);
  assert.equal(query && childOf(query, "x", ns.data)?.attrs.type, "form");
  const fields = fieldsOf(query);
  for (const name of ["whois", "membersonly", "passwordprotectedroom", "roomsecret"]) {
    assert.ok(Object.hasOwn(fields, `muc#roomconfig_${name}`), name);
  }
  assert.match(fields["muc#roominfo_meetingId"] ?? "", /^[0-9a-f-]{36}$/);
  assert.equal(fields.FORM_TYPE, "http://jabber.org/protocol/muc#roomconfig");
});

test("an owner ends the meeting for everybody", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  await set(
    owner,
    `<query xmlns="${ns.mucOwner}"><destroy jid="other@muc.meet.jitsi"><reason>over</reason></destroy></query>`,
  );
  const own = await guest.next(gone(guest));
  const x = childOf(own, "x", ns.mucUser);
  const destroy = x && childOf(x, "destroy");
  assert.equal(destroy?.attrs.jid, "other@muc.meet.jitsi");
  assert.equal(destroy && childOf(destroy, "reason")?.getText(), "over");
  await harness.network.idle();
  assert.deepEqual(
    harness.focus?.heard.slice(-3).map(({ type }) => type),
    ["occupantLeft", "occupantLeft", "roomDestroyed"],
  );
  guest.join(room);
  assert.equal(conditionOf(await guest.next(isError)), "not-allowed");
});

test("a room's disco form has its meeting id, and the start once two are there", async () => {
  await using harness = await Harness.start();
  const a = await harness.client();
  await a.enter(room);
  const info = async () => fieldsOf(childOf(await get(a, `<query xmlns="${ns.discoInfo}"/>`), "query", ns.discoInfo));
  const alone = await info();
  assert.equal(alone.FORM_TYPE, "http://jabber.org/protocol/muc#roominfo");
  assert.equal(alone["muc#roominfo_created_timestamp"], undefined);
  const b = await harness.client();
  await b.enter(room);
  await a.next((stanza) => statusesOf(stanza).includes("104"));
  const together = await info();
  assert.equal(together["muc#roominfo_meetingId"], alone["muc#roominfo_meetingId"]);
  assert.ok(Number(together["muc#roominfo_created_timestamp"]) > 0);
});

test("every change of the configuration sends clients to look again, and says what changed on the bus", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  const steps = [
    [{ whois: "anyone" }, []],
    [{ roomsecret: "1234", passwordprotectedroom: "1", whois: "anyone" }, ["password"]],
    [{ membersonly: "true", whois: "anyone", passwordprotectedroom: "1" }, ["lobby"]],
    [{ roomsecret: "", passwordprotectedroom: "0", membersonly: "true", whois: "anyone" }, ["password"]],
    [{ membersonly: "false", whois: "anyone" }, ["lobby"]],
  ] as const;
  for (const [fields] of steps) {
    assert.equal((await configure(owner, fields)).attrs.type, "result");
    await guest.next(withStatus("104"));
  }
  await harness.network.idle();
  const updates = harness.focus?.of<RoomUpdated>("roomUpdated") ?? [];
  assert.deepEqual(
    updates.map(({ changed }) => changed),
    steps.map(([, changed]) => changed).filter((changed) => changed.length > 0),
  );
  assert.ok(updates.every(({ by }) => by === owner.nick));
  const { features } = await roomInfo(guest);
  for (const feature of ["muc_unsecured", "muc_open", "muc_nonanonymous"])
    assert.ok(features.includes(feature), feature);
});

test("nobody who enters is told that they made the room: the focus did", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  for (const client of [owner, guest]) {
    assert.ok(!client.stanzas.some((stanza) => statusesOf(stanza).includes("201")));
  }
});

test("what is no form, or no configuration, changes nothing", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  const forms = [
    ["", "bad-request"],
    [`<x xmlns="${ns.data}" type="result"/>`, "bad-request"],
    [`<x xmlns="${ns.data}" type="cancel"/>`, ""],
  ] as const;
  for (const [form, condition] of forms) {
    const answer = await set(owner, `<query xmlns="${ns.mucOwner}">${form}</query>`);
    assert.equal(conditionOf(answer), condition, form);
  }
  await guest.settled();
  assert.equal(guest.has(withStatus("104")), false);
});
