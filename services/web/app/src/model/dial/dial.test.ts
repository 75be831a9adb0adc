import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Room } from "../../protocol/conference/room.ts";
import { childrenNamed, type XmlElement, xml } from "../../protocol/xml/element.ts";
import type { XmppConnection } from "../../protocol/xmpp/connection.ts";
import { NS } from "../../protocol/xmpp/namespaces.ts";
import { StanzaError } from "../../protocol/xmpp/stanza.ts";
import { fakeMeeting, somebody } from "../call/fake-context.ts";
import { Permissions } from "../call/permissions.ts";
import { Dial } from "./dial.ts";

mock.timers.enable({ apis: ["setTimeout"] });

const room = "5a@muc.m";
const focus = somebody("focus", { isFocus: true });

const refusal = (condition: string) =>
  new StanzaError(xml("iq", { type: "error" }, xml("error", {}, xml(condition, { xmlns: NS.stanzaErrors }))));

const begunAt = (address: string) => xml("iq", {}, xml("ref", { xmlns: NS.rayo, uri: `xmpp:${address}` }));

function begin(answers: readonly (XmlElement | Error)[] = [], { isSealed = false, password = "" } = {}) {
  const meeting = fakeMeeting();
  const { state } = meeting;
  state.isModerator.value = true;
  const asked: { to: string; element: XmlElement }[] = [];
  const kicked: string[] = [];
  const left = [...answers];
  const connection = {
    request: async (_type: string, to: string, element: XmlElement) => {
      asked.push({ to, element });
      const answer = left.shift() ?? xml("iq", {});
      if (answer instanceof Error) throw answer;
      return answer;
    },
  } as unknown as XmppConnection;
  const context = {
    ...meeting.context,
    connection,
    room: () => ({ jid: room }) as Room,
    password: () => password,
    moderation: { kick: (id: string) => void kicked.push(id) } as never,
  };
  const permissions = new Permissions({ state });
  const dial = new Dial(context, permissions, () => isSealed);
  const hears = (id: string, callStatus: string, name = "+74951234567") => {
    const phone = somebody(id, { isPhone: true, callStatus, name });
    dial.presence(xml("presence", {}), phone);
    state.setOccupant(phone);
  };
  const leaves = (id: string, ...children: XmlElement[]) => {
    dial.presence(xml("presence", { type: "unavailable" }, ...children), somebody(id));
    state.dropOccupants([id]);
  };
  return { ...meeting, dial, permissions, asked, kicked, hears, leaves };
}

const says = (value: string) =>
  xml(
    "presence",
    {},
    xml("conference-properties", { xmlns: NS.focus }, xml("property", { xmlns: NS.focus, key: "dial-out", value })),
  );

test("calling out is offered while a gateway runs, to moderators", () => {
  const { state, dial } = begin();
  assert.ok(!dial.isOffered);
  dial.presence(says("true"), focus);
  assert.ok(dial.isOffered);
  state.isModerator.value = false;
  assert.ok(!dial.isOffered);
  state.isModerator.value = true;
  dial.presence(says("false"), focus);
  assert.ok(!dial.isOffered);
});

test("a token may let somebody call who leads nobody, and keep a moderator from it", () => {
  for (const isAllowed of [true, false]) {
    const { state, dial, permissions } = begin();
    state.isModerator.value = !isAllowed;
    dial.presence(says("true"), focus);
    const permission = xml("p", { xmlns: NS.jitmeet, name: "outbound-call", val: String(isAllowed) });
    permissions.presence(
      xml("presence", {}, xml("permissions", { xmlns: NS.jitmeet }, permission)),
      somebody(state.selfId.value),
    );
    assert.equal(dial.isOffered, isAllowed);
  }
});

test("a focus that says nothing of it while we are here has said it when we came", () => {
  const { state, dial } = begin();
  state.hasSipGateway.value = true;
  assert.ok(dial.isOffered);
  dial.presence(xml("presence", {}), focus);
  assert.ok(dial.isOffered);
  dial.presence(says("false"), focus);
  assert.ok(!dial.isOffered);
});

test("who says it is the focus alone", () => {
  const { dial } = begin();
  dial.presence(says("true"), somebody("eve"));
  assert.ok(!dial.isOffered);
});

test("a call goes to the focus, is seen with its state, and is ended at its place by who began it", async () => {
  const { dial, asked, hears, leaves } = begin([begunAt(`${room}/c0ffee01`)]);
  assert.equal(await dial.callOut("not a number"), "noNumber");
  assert.equal(await dial.callOut("+7 495 123-45-67"), undefined);
  assert.deepEqual([asked[0]?.to, asked[0]?.element.attrs.to], [`${room}/focus`, "+74951234567"]);
  hears("c0ffee01", "Ringing...", "Боб");
  hears("c0ffee02", "Connected", "+7 495 123-45-67");
  assert.deepEqual(
    dial.calls.value.map(({ id, status, isOurs }) => [id, status, isOurs]),
    [
      ["c0ffee01", "Ringing...", true],
      ["c0ffee02", "Connected", false],
    ],
  );
  await dial.end({ id: "c0ffee01", name: "Боб" });
  assert.deepEqual([asked[1]?.to, asked[1]?.element.name], [`${room}/c0ffee01`, "hangup"]);
  leaves("c0ffee01");
  leaves("c0ffee02");
  assert.deepEqual(dial.calls.value, []);
});

test("a call of Jigasi, whose address is elsewhere, is known by its number", async () => {
  const { dial, asked, hears } = begin([begunAt("call-1@gw.x")]);
  await dial.callOut("+7 495 123-45-67");
  hears("p1", "Connected", "+7 (495) 123-45-67");
  await dial.end({ id: "p1", name: "+7 (495) 123-45-67" });
  assert.equal(asked[1]?.to, "call-1@gw.x");
});

test("a call that nobody of us began, or that is not ended by its address, is removed", async () => {
  const { dial, kicked, hears } = begin([begunAt(`${room}/c0ffee01`), refusal("item-not-found")]);
  hears("p2", "Connected", "+7 495 1");
  await dial.end({ id: "p2", name: "+7 495 1" });
  await dial.callOut("112");
  hears("c0ffee01", "Ringing...", "112");
  await dial.end({ id: "c0ffee01", name: "112" });
  assert.deepEqual(kicked, ["p2", "c0ffee01"]);
});

test("the room's password goes along where it has one", async () => {
  const { dial, asked, state } = begin([], { password: "s3cret" });
  const headers = (index: number) =>
    childrenNamed(asked[index]?.element, "header").map(({ attrs }) => `${attrs.name}=${attrs.value}`);
  await dial.callOut("112");
  assert.deepEqual(headers(0), [`JvbRoomName=${room}`]);
  state.roomInfo.value = { ...state.roomInfo.value, hasPassword: true };
  await dial.callOut("112");
  assert.deepEqual(headers(1), [`JvbRoomName=${room}`, "JvbRoomPassword=s3cret"]);
});

test("a refusal is said in people's words", async () => {
  for (const [condition, problem] of [
    ["forbidden", "forbiddenNumber"],
    ["not-allowed", "forbiddenNumber"],
    ["bad-request", "noNumber"],
    ["resource-constraint", "busy"],
    ["unexpected-request", "tooMany"],
    ["service-unavailable", "unavailable"],
    ["remote-server-timeout", "failed"],
    ["internal-server-error", "failed"],
  ] as const) {
    const { dial } = begin([refusal(condition)]);
    dial.presence(says("true"), focus);
    assert.equal(await dial.callOut("112"), problem, condition);
  }
});

test("who is no moderator any more is told that, not that the number is wrong", async () => {
  const { dial, state } = begin([refusal("forbidden")]);
  state.isModerator.value = false;
  assert.equal(await dial.callOut("112"), "notAllowed");
});

test("nobody is called into a meeting that only those with the secret can open", async () => {
  const { dial, asked } = begin([], { isSealed: true });
  assert.equal(await dial.callOut("112"), "encrypted");
  assert.deepEqual(asked, []);
});

test("who has called somebody in vain is told why", async () => {
  for (const [statuses, expected] of [
    [["Initializing Call", "Ringing...", "Busy"], "dialOut.ended.busy"],
    [["Ringing..."], "dialOut.ended.noAnswer"],
    [["Ringing...", "Rejected"], "dialOut.ended.rejected"],
    [["Initializing Call"], "dialOut.ended.failed"],
    [["Ringing...", "Connected", "Disconnected"], undefined],
  ] as const) {
    const { dial, hears, leaves, notices } = begin([begunAt(`${room}/c0ffee01`)]);
    await dial.callOut("112");
    for (const status of statuses) hears("c0ffee01", status);
    leaves("c0ffee01");
    assert.equal(notices()[0]?.text, expected, statuses.join());
    if (expected) assert.deepEqual(notices()[0]?.values, { number: "112" });
  }
});

test("the last word may come with the leaving, and a call that was removed is no news", async () => {
  const busy = begin([begunAt(`${room}/c0ffee01`)]);
  await busy.dial.callOut("112");
  busy.hears("c0ffee01", "Ringing...");
  busy.leaves("c0ffee01", xml("status", {}, "Busy"));
  assert.equal(busy.notices()[0]?.text, "dialOut.ended.busy");
  const removed = begin([begunAt(`${room}/c0ffee01`)]);
  await removed.dial.callOut("112");
  removed.hears("c0ffee01", "Ringing...");
  removed.leaves("c0ffee01", xml("x", { xmlns: NS.mucUser }, xml("status", { code: 307 })));
  assert.deepEqual(removed.notices(), []);
});

test("calls of others end without a word to us", () => {
  const { hears, leaves, notices } = begin();
  hears("p2", "Ringing...");
  leaves("p2");
  assert.deepEqual(notices(), []);
});

test("a call that never comes into the room is told of, one that waits in the lobby is not", async () => {
  for (const [where, expected] of [
    ["nowhere", ["dialOut.ended.failed"]],
    ["lobby", []],
    ["room", []],
  ] as const) {
    const { dial, hears, notices, state } = begin([begunAt(`${room}/c0ffee01`)]);
    await dial.callOut("112");
    if (where === "room") hears("c0ffee01", "Initializing Call");
    if (where === "lobby") state.knockers.value = [{ id: "c0ffee01" } as never];
    mock.timers.tick(20_000);
    assert.deepEqual(
      notices().map(({ text }) => text),
      expected,
      where,
    );
  }
});
