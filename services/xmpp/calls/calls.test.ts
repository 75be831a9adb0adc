import assert from "node:assert/strict";
import { test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import {
  CallState,
  type OccupantJoined,
  OccupantKind,
  type OccupantLeft,
  type OccupantUpdated,
} from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf } from "../codec/xml/element.ts";
import { callTo, FakeGateway, fails, presenceOf } from "../testing/fake-gateway.ts";
import { Harness } from "../testing/harness.ts";
import { administer, configure, get, meeting, room, set } from "../testing/meeting.ts";
import { conditionOf, type ScriptedClient } from "../testing/scripted-client.ts";

/** Moderates microphones as Jitsi's clients do. */
function moderate(client: ScriptedClient, attributes: string): void {
  client.send(`<message to="avmoderation.meet.jitsi"><av_moderation ${attributes} mediaType="audio"/></message>`);
}

test("a call comes in as a participant that everybody sees, and its gateway hears how it stands", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room, { headers: { "X-Class": "5а" }, presence: { status: "Connected" } });
  const occupant = await gateway.inside(call);
  assert.deepEqual(
    [occupant.participants, occupant.humans, occupant.audioModerated, occupant.maySpeak, occupant.reason],
    [3, 2, false, true, ""],
  );
  assert.deepEqual([occupant.call, occupant.endpoint, occupant.room?.jid], [call.call, call.endpoint, room]);
  const seen = await owner.next(presenceOf(call.endpoint));
  assert.equal(childOf(seen, "nick", ns.nick)?.getText(), "+7 495 123-45-67");
  assert.equal(childOf(seen, "status")?.getText(), "Connected");
  const joined = harness.focus?.of<OccupantJoined>("occupantJoined").at(-1)?.occupant;
  assert.deepEqual(
    [joined?.kind, joined?.service, joined?.hidden, joined?.gateway, joined?.phone, joined?.region],
    [OccupantKind.SIP, true, false, "gw1", "+74951234567", "eu"],
  );
  assert.deepEqual(
    joined?.sources.map(({ name, muted }) => [name, muted]),
    [[`${call.endpoint}-a0`, false]],
  );
  for (const feature of [ns.jigasi, "urn:xmpp:jingle:dtmf:0", "urn:veche:acknowledges-applied"]) {
    assert.ok(joined?.features.includes(feature), feature);
  }
  assert.ok(!joined?.features.some((feature) => feature.includes("video") || feature.includes("ice")));
});

test("the first to come has the conference opened, as any client does", async () => {
  await using harness = await Harness.start();
  const gateway = FakeGateway.on(harness.network);
  const occupant = await gateway.inside(callTo(room));
  assert.deepEqual([occupant.participants, occupant.humans], [1, 0]);
  assert.deepEqual(
    harness.focus?.asked.map(({ type }) => type),
    ["requestConference"],
  );
});

test("a call waits for a conference that it may not begin, and begins to be inside with the next attempt", async () => {
  await using harness = await Harness.start();
  assert.ok(harness.focus);
  const gateway = FakeGateway.on(harness.network);
  harness.focus.refuse = ({ authenticated }) =>
    authenticated ? undefined : new VecheError("unauthenticated", "somebody has to sign in");
  const call = callTo(room);
  assert.equal((await gateway.enter(call)).state, CallState.WAITING);
  assert.equal((await gateway.enter(call)).state, CallState.WAITING);
  harness.focus.refuse = () => undefined;
  await gateway.inside(call);
});

test("without a focus a call is told so", async () => {
  await using harness = await Harness.start({ withFocus: false, limits: { focusRequestMs: 200 } });
  const gateway = FakeGateway.on(harness.network);
  await assert.rejects(gateway.enter(callTo(room)), fails("unavailable"));
});

test("asked for again, a call goes on where it was, and what it shows follows its gateway", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  const first = await gateway.inside(call);
  await owner.next(presenceOf(call.endpoint));
  assert.deepEqual(await gateway.inside(call), first);
  await owner.settled();
  assert.ok(!owner.has(presenceOf(call.endpoint)), "what is the same is not said again");
  await gateway.inside({
    ...call,
    presence: { audioMuted: true, raisedHandMs: 1_700_000_000_000n, status: "On hold" },
  });
  const seen = await owner.next(presenceOf(call.endpoint));
  assert.equal(childOf(seen, "audiomuted")?.getText(), "true");
  assert.equal(childOf(seen, "jitsi_participant_raisedHand")?.getText(), "1700000000000");
  const updated = harness.focus?.of<OccupantUpdated>("occupantUpdated").at(-1)?.occupant;
  assert.deepEqual([updated?.sources[0]?.muted, updated?.raisedHandMs], [true, 1_700_000_000_000n]);
  assert.equal(harness.focus?.of("occupantJoined").length, 3);
});

test("two requests for one call at the same time let it in once", async () => {
  await using met = await meeting();
  const gateway = FakeGateway.on(met.harness.network);
  const call = callTo(room);
  const [one, other] = await Promise.all([gateway.inside(call), gateway.inside(call)]);
  assert.deepEqual(one, other);
  assert.equal(met.harness.focus?.of("occupantJoined").length, 3);
});

test("a call changes what it shows, lowers its hand, and leaves", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  await gateway.inside({ ...call, presence: { raisedHandMs: 5_000n } });
  await owner.next(presenceOf(call.endpoint));
  await gateway.update(call.call, { audioMuted: true });
  const seen = await owner.next(presenceOf(call.endpoint));
  const hand = childOf(seen, "jitsi_participant_raisedHand");
  assert.deepEqual([childOf(seen, "audiomuted")?.getText(), hand?.getText()], ["true", ""]);
  await gateway.leave(call.call);
  await owner.next(presenceOf(call.endpoint, "unavailable"));
  const [left] = harness.focus?.of<OccupantLeft>("occupantLeft") ?? [];
  assert.deepEqual([left?.endpoint, left?.reason], [call.endpoint, "client"]);
  assert.equal((await gateway.out(call.call)).reason, "client");
  await assert.rejects(gateway.update(call.call, {}), fails("not-found"));
  await gateway.leave(call.call);
});

test("people who come and go are counted for a call, and other calls are no humans", async () => {
  await using met = await meeting();
  const { harness, guest } = met;
  const gateway = FakeGateway.on(harness.network);
  const [call, other] = [callTo(room), callTo(room)];
  await gateway.inside(call);
  await gateway.inside(other);
  await gateway.heard(call.call, ({ participants, humans }) => participants === 4 && humans === 2);
  await guest.close();
  await gateway.heard(call.call, ({ participants, humans }) => participants === 3 && humans === 1);
  const revisions = gateway.changes.filter((change) => change.call === call.call).map(({ revision }) => revision);
  assert.deepEqual(
    revisions,
    [...revisions].sort((a, b) => Number(a - b)),
  );
  assert.equal(new Set(revisions).size, revisions.length);
});

test("a password is wanted, the wrong one refused, the right one lets a call in", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  await configure(owner, { roomsecret: "2468" });
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  await assert.rejects(gateway.enter(call), fails("unauthenticated"));
  await assert.rejects(gateway.enter({ ...call, password: "1111" }), fails("permission-denied", /password is wrong/));
  await gateway.inside({ ...call, password: "2468" });
  await gateway.inside({ ...call, password: "2468" });
});

test("codes are not to be found out by trying", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  await configure(owner, { roomsecret: "2468" });
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  for (let attempt = 0; attempt < 10; attempt++) {
    await assert.rejects(gateway.enter({ ...call, password: `${attempt}` }), fails("permission-denied"));
  }
  await assert.rejects(gateway.enter({ ...call, password: "2468" }), fails("resource-exhausted"));
});

test("a full room has no place for a call", async () => {
  await using met = await meeting({ env: { XMPP_MAX_OCCUPANTS: "2" } });
  const gateway = FakeGateway.on(met.harness.network);
  await assert.rejects(gateway.enter(callTo(room)), fails("resource-exhausted", /full/));
});

test("a nickname that somebody has is no call's", async () => {
  await using met = await meeting();
  const gateway = FakeGateway.on(met.harness.network);
  const call = callTo(room);
  await gateway.inside(call);
  await assert.rejects(gateway.enter(callTo(room, { endpoint: call.endpoint })), fails("already-exists"));
});

test("a call that is sent away is out, hears why, and does not come in again by being asked for", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  await gateway.inside(call);
  const item = `<item nick="${call.endpoint}" role="none"><reason>too loud &amp; &lt;rude&gt;</reason></item>`;
  assert.equal((await set(owner, `<query xmlns="${ns.mucAdmin}">${item}</query>`)).attrs.type, "result");
  const out = await gateway.out(call.call);
  assert.deepEqual([out.reason, out.text, out.endpoint], ["kicked", "too loud & <rude>", call.endpoint]);
  const again = await gateway.enter(call);
  assert.deepEqual([again.state, again.reason], [CallState.OUT, "kicked"]);
  await gateway.leave(call.call);
  await gateway.inside(call);
});

test("who is banned stays out with the same number, whatever the call", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  await gateway.inside(call);
  const seen = await owner.next(presenceOf(call.endpoint));
  const x = childOf(seen, "x", ns.mucUser);
  const jid = (x && childOf(x, "item")?.attrs.jid?.split("/")[0]) ?? "";
  await administer(owner, [`affiliation="outcast" jid="${jid}"`]);
  assert.equal((await gateway.out(call.call)).reason, "kicked");
  await assert.rejects(gateway.enter(callTo(room)), fails("permission-denied"));
  await gateway.inside(callTo(room, { phone: "+74950000000" }));
});

test("a call is out when the meeting ends", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  await gateway.inside(call);
  await set(owner, `<query xmlns="${ns.mucOwner}"><destroy><reason>Enough.</reason></destroy></query>`);
  const out = await gateway.out(call.call);
  assert.deepEqual([out.reason, out.text], ["ended", "Enough."]);
});

test("moderators reserve speaking, allow a call to, and take it back", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  await gateway.inside(call);
  moderate(owner, 'enable="true"');
  await gateway.heard(call.call, ({ audioModerated, maySpeak }) => audioModerated && !maySpeak);
  moderate(owner, `jidToWhitelist="${room}/${call.endpoint}"`);
  await gateway.heard(call.call, ({ audioModerated, maySpeak }) => audioModerated && maySpeak);
  moderate(owner, `jidToBlacklist="${room}/${call.endpoint}"`);
  await owner.settled();
  const late = callTo(room);
  const occupant = await gateway.inside(late);
  assert.deepEqual([occupant.audioModerated, occupant.maySpeak], [true, false]);
  const again = await gateway.inside(call);
  assert.deepEqual([again.audioModerated, again.maySpeak], [true, false]);
});

test("a call that is made a moderator may speak", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  await gateway.inside(call);
  moderate(owner, 'enable="true"');
  await gateway.heard(call.call, ({ maySpeak }) => !maySpeak);
  await harness.focus?.grant(room, call.endpoint);
  await gateway.heard(call.call, ({ audioModerated, maySpeak }) => audioModerated && maySpeak);
});

test("a call stays where it is when a moderator sends it to a breakout room, who is told so", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  await gateway.inside(call);
  const component = "breakout.meet.jitsi";
  owner.send(
    `<message to="${component}"><breakout_rooms xmlns="http://jitsi.org/jitmeet/breakout-rooms" type="features/breakout-rooms/add" subject="Group"/></message>`,
  );
  const told = await owner.next((stanza) => childOf(stanza, "json-message")?.getText().includes('"Group"') ?? false);
  const update = JSON.parse(childOf(told, "json-message")?.getText() ?? "{}") as {
    rooms: Record<string, { jid: string; name: string }>;
  };
  const target = Object.values(update.rooms).find(({ name }) => name === "Group")?.jid ?? "";
  owner.send(
    `<message to="${component}" id="m1"><breakout_rooms xmlns="http://jitsi.org/jitmeet/breakout-rooms" type="features/breakout-rooms/move-to-room" participantJid="${room}/${call.endpoint}" roomJid="${target}"/></message>`,
  );
  const refused = await owner.next((stanza) => stanza.attrs.id === "m1" && stanza.attrs.type === "error");
  assert.equal(conditionOf(refused), "not-allowed");
  assert.equal((await gateway.inside(call)).state, CallState.INSIDE);
  assert.equal(harness.focus?.of("breakoutAssigned").length, 0);
});

test("clients that ask a call what it is get proper answers", async () => {
  await using met = await meeting();
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room);
  await gateway.inside(call);
  const to = `${room}/${call.endpoint}`;
  const info = childOf(await get(owner, `<query xmlns="${ns.discoInfo}"/>`, to), "query", ns.discoInfo);
  const features = info?.children.map((child) => (typeof child === "string" ? "" : child.attrs.var)) ?? [];
  assert.ok(features.includes("urn:xmpp:jingle:apps:rtp:audio") && features.includes(ns.jigasi));
  assert.equal((await get(owner, `<ping xmlns="${ns.ping}"/>`, to)).attrs.type, "result");
  const version = childOf(await get(owner, `<query xmlns="${ns.version}"/>`, to), "query", ns.version);
  assert.equal(version && childOf(version, "name")?.getText(), "Veche");
  assert.equal(conditionOf(await get(owner, `<vCard xmlns="vcard-temp"/>`, to)), "service-unavailable");
  assert.equal(conditionOf(await get(owner, `<query xmlns="${ns.discoInfo}" node="other"/>`, to)), "item-not-found");
});
