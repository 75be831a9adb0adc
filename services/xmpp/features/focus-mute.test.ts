import assert from "node:assert/strict";
import { test } from "node:test";
import { xmpp } from "@veche/proto/subjects.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf } from "../codec/xml/element.ts";
import { unit } from "../testing/fake-focus.ts";
import { meeting, room, roomRef, set } from "../testing/meeting.ts";
import { conditionOf } from "../testing/scripted-client.ts";

test("a mute goes to the focus, and from it to the client", async () => {
  await using met = await meeting();
  const { harness, owner, guest } = met;
  const mute = `<mute xmlns="${ns.muteAudio}" jid="${room}/${guest.nick}">true</mute>`;
  assert.equal((await set(owner, mute, `${room}/focus`)).attrs.type, "result");
  const asked = harness.focus?.asked.find(({ type }) => type === "requestMute")?.message as Record<string, unknown>;
  assert.deepEqual([asked.endpoint, asked.target, asked.media, asked.muted], [owner.nick, guest.nick, "audio", true]);
  const elsewhere = mute.replace(room, "other@muc.meet.jitsi");
  assert.equal(conditionOf(await set(owner, elsewhere, `${room}/focus`)), "bad-request");
  const told = harness.focus?.bus.request(
    xmpp.askToMute,
    { unit },
    { room: roomRef(harness), endpoint: guest.nick, media: "audio", actor: owner.nick },
  );
  const iq = await guest.next((stanza) => childOf(stanza, "mute", ns.muteAudio) !== undefined);
  assert.equal(childOf(iq, "mute")?.attrs.actor, `${room}/${owner.nick}`);
  assert.equal(childOf(iq, "mute")?.getText(), "true");
  guest.send(`<iq type="result" id="${iq.attrs.id}" to="${room}/focus"/>`);
  await told;
});
