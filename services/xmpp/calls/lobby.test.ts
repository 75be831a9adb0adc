import assert from "node:assert/strict";
import { test } from "node:test";
import { CallState, type LobbyLeft, type OccupantLeft } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, type Element } from "../codec/xml/element.ts";
import { defaultLimits } from "../limits.ts";
import { callTo, FakeGateway, fails, presenceOf } from "../testing/fake-gateway.ts";
import { lobby, withLobby } from "../testing/lobby.ts";
import { administer, configure, itemOf, room } from "../testing/meeting.ts";
import type { ScriptedClient } from "../testing/scripted-client.ts";

const waits = (endpoint: string) => (stanza: Element) =>
  stanza.name === "presence" && stanza.attrs.from === `${lobby}/${endpoint}` && stanza.attrs.type === undefined;

/** As Jitsi's moderators do it: an invitation through the room. */
async function admit(owner: ScriptedClient, endpoint: string): Promise<void> {
  const seen = await owner.next(waits(endpoint));
  const jid = itemOf(seen)?.attrs.jid ?? "";
  owner.send(`<message to="${room}" id="i1"><x xmlns="${ns.mucUser}"><invite to="${jid}"/></x></message>`);
}

test("a call waits in the lobby under its name, and goes in once a moderator lets it", async () => {
  await using met = await withLobby();
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const call = callTo(room, { displayName: "Ann by phone" });
  const waiting = await gateway.enter(call);
  assert.deepEqual([waiting.state, waiting.participants], [CallState.LOBBY, 0]);
  assert.equal((await gateway.enter(call)).state, CallState.LOBBY);
  await admit(owner, call.endpoint);
  await gateway.heard(call.call, ({ state }) => state === CallState.INSIDE);
  const seen = await owner.next(presenceOf(call.endpoint));
  assert.equal(childOf(seen, "nick")?.getText(), "Ann by phone");
  await gateway.inside(call);
  const [left] = harness.focus?.of<LobbyLeft>("lobbyLeft") ?? [];
  assert.deepEqual([left?.endpoint, left?.reason], [call.endpoint, "admitted"]);
  assert.ok(gateway.changes.every(({ state }) => state !== CallState.OUT));
});

test("a call that is refused at the lobby is out", async () => {
  await using met = await withLobby();
  const { owner } = met;
  const gateway = FakeGateway.on(met.harness.network);
  const call = callTo(room);
  await gateway.enter(call);
  await owner.next(waits(call.endpoint));
  await administer(owner, [`nick="${call.endpoint}" role="none"`], lobby);
  assert.equal((await gateway.out(call.call)).reason, "rejected");
  assert.equal((await gateway.enter(call)).state, CallState.OUT);
});

test("a call comes in from the lobby with the password, and waits on with a wrong one", async () => {
  await using met = await withLobby();
  const { owner } = met;
  await configure(owner, { membersonly: "true", whois: "anyone", roomsecret: "2468" });
  const gateway = FakeGateway.on(met.harness.network);
  const call = callTo(room);
  assert.equal((await gateway.enter(call)).state, CallState.LOBBY);
  await assert.rejects(gateway.enter({ ...call, password: "1" }), fails("permission-denied", /password is wrong/));
  assert.equal((await gateway.enter({ ...call, password: "1" })).state, CallState.LOBBY);
  await gateway.inside({ ...call, password: "2468" });
});

test("when the lobby is no more, who waits comes in", async () => {
  await using met = await withLobby();
  const gateway = FakeGateway.on(met.harness.network);
  const call = callTo(room);
  await gateway.enter(call);
  await configure(met.owner, { membersonly: "false", whois: "anyone" });
  await gateway.heard(call.call, ({ state }) => state === CallState.INSIDE);
});

test("when the lobby is no more and a password is wanted, its gateway is asked for it", async () => {
  await using met = await withLobby();
  const gateway = FakeGateway.on(met.harness.network);
  const call = callTo(room);
  await gateway.enter(call);
  await configure(met.owner, { membersonly: "false", whois: "anyone", roomsecret: "2468" });
  await gateway.heard(call.call, ({ state }) => state === CallState.WAITING);
  await assert.rejects(gateway.enter(call), fails("unauthenticated"));
  await gateway.inside({ ...call, password: "2468" });
});

test("a call that waits is out when the meeting ends, and gone from the lobby when it hangs up", async () => {
  await using met = await withLobby();
  const { harness, owner } = met;
  const gateway = FakeGateway.on(harness.network);
  const [one, other] = [callTo(room), callTo(room)];
  await gateway.enter(one);
  await gateway.enter(other);
  await gateway.leave(one.call);
  await owner.next(({ attrs }) => attrs.from === `${lobby}/${one.endpoint}` && attrs.type === "unavailable");
  await owner.ask(`<iq type="set" id="d1" to="${room}"><query xmlns="${ns.mucOwner}"><destroy/></query></iq>`);
  assert.equal((await gateway.out(other.call)).reason, "ended");
  assert.equal(harness.focus?.of<OccupantLeft>("occupantLeft").length, 2);
});

test("a lobby wants a name, and has an end", async () => {
  await using met = await withLobby({ limits: { lobby: { ...defaultLimits.lobby, waiters: 1 } } });
  const gateway = FakeGateway.on(met.harness.network);
  await assert.rejects(gateway.enter(callTo(room, { displayName: "" })), fails("invalid-argument"));
  await gateway.enter(callTo(room));
  await assert.rejects(gateway.enter(callTo(room)), fails("resource-exhausted"));
});

test("a call that was let in while the room was full comes in with the next attempt", async () => {
  await using met = await withLobby({ env: { XMPP_MAX_OCCUPANTS: "2" } });
  const { owner, guest } = met;
  const gateway = FakeGateway.on(met.harness.network);
  const call = callTo(room);
  await gateway.enter(call);
  await admit(owner, call.endpoint);
  await owner.settled();
  await assert.rejects(gateway.enter(call), fails("resource-exhausted"));
  await guest.close();
  await owner.next(({ attrs }) => attrs.from === `${room}/${guest.nick}` && attrs.type === "unavailable");
  await gateway.inside(call);
});
