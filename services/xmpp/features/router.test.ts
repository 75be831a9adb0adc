import assert from "node:assert/strict";
import { test } from "node:test";
import { ns } from "../codec/namespaces.ts";
import { childOf } from "../codec/xml/element.ts";
import { get, isError, meeting, room, set } from "../testing/meeting.ts";
import { conditionOf } from "../testing/scripted-client.ts";

test("IQs between occupants are passed on both ways, with the addresses of the room", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  const asked = get(owner, `<query xmlns="${ns.discoInfo}" node="n#v"/>`, `${room}/${guest.nick}`);
  const iq = await guest.next((stanza) => stanza.name === "iq");
  assert.equal(iq.attrs.from, `${room}/${owner.nick}`);
  assert.equal(iq.attrs.to, guest.jid);
  guest.send(`<iq type="result" id="${iq.attrs.id}" to="${iq.attrs.from}"><query xmlns="${ns.discoInfo}"/></iq>`);
  const answer = await asked;
  assert.equal(answer.attrs.from, `${room}/${guest.nick}`);
  assert.equal(conditionOf(await get(owner, "<x/>", `${room}/nobody`)), "item-not-found");
});

test("who is not in a room does not find out by asking whether it is there", async () => {
  await using met = await meeting();
  const { harness, guest } = met;
  const outsider = await harness.client();
  const nowhere = "nowhere@muc.meet.jitsi";
  const jingle = `<jingle xmlns="${ns.jingle}" action="session-terminate" sid="s"/>`;
  for (const address of [room, nowhere]) {
    for (const payload of [`<query xmlns="${ns.discoInfo}"/>`, `<query xmlns="${ns.mucOwner}"/>`, "<x/>"]) {
      assert.equal(conditionOf(await get(outsider, payload, address)), "item-not-found");
      assert.equal(conditionOf(await get(outsider, payload, `${address}/${guest.nick}`)), "not-acceptable");
    }
    assert.equal(conditionOf(await set(outsider, jingle, `${address}/focus`)), "not-acceptable");
    outsider.send(`<message to="${address}" type="groupchat" id="${outsider.id()}"><body>hi</body></message>`);
    assert.equal(conditionOf(await outsider.next(isError)), "not-acceptable");
  }
  const items = childOf(await get(outsider, `<query xmlns="${ns.discoItems}"/>`, "muc.meet.jitsi"), "query");
  assert.equal(items?.children.length, 0);
});

test("no occupant tells another what clients believe of the server", async () => {
  await using met = await meeting();
  const { owner, guest } = met;
  const redirect = `<visitors xmlns="jitsi:visitors"><promotion-response allow="true" username="x"/></visitors>`;
  assert.equal(conditionOf(await set(guest, redirect, `${room}/${owner.nick}`)), "not-allowed");
});
