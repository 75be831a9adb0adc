import assert from "node:assert/strict";
import { test } from "node:test";
import { ns } from "../codec/namespaces.ts";
import { get, meeting, room, set } from "../testing/meeting.ts";
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

test("nobody outside a room reaches those inside", async () => {
  await using met = await meeting();
  const { harness, guest } = met;
  const outsider = await harness.client();
  assert.equal(conditionOf(await get(outsider, "<x/>", `${room}/${guest.nick}`)), "not-acceptable");
  const jingle = `<jingle xmlns="${ns.jingle}" action="session-terminate" sid="s"/>`;
  assert.equal(conditionOf(await set(outsider, jingle, `${room}/focus`)), "not-acceptable");
});
