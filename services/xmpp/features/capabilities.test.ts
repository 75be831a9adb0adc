import assert from "node:assert/strict";
import { test } from "node:test";
import { MediaKind } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import type { OccupantUpdated } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { xmpp } from "@veche/proto/subjects.ts";
import { ns } from "../codec/namespaces.ts";
import { verificationOf } from "../codec/xep0030-disco.ts";
import { childOf } from "../codec/xml/element.ts";
import { unit } from "../testing/fake-focus.ts";
import { Harness } from "../testing/harness.ts";
import { room } from "../testing/meeting.ts";

test("what a client can do is asked once per version, and follows as an update", async () => {
  await using harness = await Harness.start();
  const info = { identities: [{ category: "client", type: "web", name: "x" }], features: ["b", "a"] };
  const ver = verificationOf(info);
  const caps = `<c xmlns="${ns.caps}" hash="sha-1" node="n" ver="${ver}"/>`;
  const a = await harness.client();
  await a.conference(room);
  a.join(room, a.nick, caps);
  const asked = await a.next((stanza) => stanza.name === "iq" && childOf(stanza, "query", ns.discoInfo) !== undefined);
  assert.equal(asked.attrs.from, `${room}/focus`);
  const answer = '<identity category="client" type="web" name="x"/><feature var="b"/><feature var="a"/>';
  a.send(
    `<iq type="result" id="${asked.attrs.id}" to="${asked.attrs.from}"><query xmlns="${ns.discoInfo}">${answer}</query></iq>`,
  );
  await harness.focus?.hears(() => (harness.focus?.of("occupantUpdated").length ?? 0) > 0);
  assert.deepEqual(harness.focus?.of<OccupantUpdated>("occupantUpdated")[0]?.occupant?.features, ["b", "a"]);
  const b = await harness.client();
  b.join(room, b.nick, caps);
  await b.joined(room);
  await b.settled();
  assert.equal(
    b.has((stanza) => childOf(stanza, "query", ns.discoInfo) !== undefined),
    false,
  );
  assert.deepEqual(harness.focus?.of<OccupantUpdated>("occupantJoined").at(-1)?.occupant?.features, ["b", "a"]);
});

test("a lie about what a version means is believed of the liar alone", async () => {
  await using harness = await Harness.start();
  const caps = `<c xmlns="${ns.caps}" hash="sha-1" node="n" ver="victim"/>`;
  const a = await harness.client();
  await a.conference(room);
  a.join(room, a.nick, caps);
  const asked = await a.next((stanza) => stanza.name === "iq" && childOf(stanza, "query", ns.discoInfo) !== undefined);
  a.send(
    `<iq type="result" id="${asked.attrs.id}" to="${asked.attrs.from}"><query xmlns="${ns.discoInfo}"><feature var="lie"/></query></iq>`,
  );
  await harness.focus?.hears(() => (harness.focus?.of("occupantUpdated").length ?? 0) > 0);
  const b = await harness.client();
  b.join(room, b.nick, caps);
  await b.next((stanza) => stanza.name === "iq" && childOf(stanza, "query", ns.discoInfo) !== undefined);
});

test("sources are said as JSON to who lists that, and as XML to others", async () => {
  await using harness = await Harness.start();
  const [a, b] = [await harness.client(), await harness.client()];
  await a.conference(room);
  a.join(room, a.nick, `<c xmlns="${ns.caps}" hash="sha-1" node="n" ver="v"/>`);
  const asked = await a.next((stanza) => stanza.name === "iq" && childOf(stanza, "query", ns.discoInfo) !== undefined);
  const feature = '<feature var="http://jitsi.org/json-encoded-sources"/>';
  a.send(
    `<iq type="result" id="${asked.attrs.id}" to="${asked.attrs.from}"><query xmlns="${ns.discoInfo}">${feature}</query></iq>`,
  );
  await harness.focus?.hears(() => (harness.focus?.of("occupantUpdated").length ?? 0) > 0);
  await b.enter(room);
  const sources = [{ name: "x-a0", owner: "x", kind: MediaKind.AUDIO, ssrcs: [7] }];
  const forms: boolean[] = [];
  for (const client of [a, b]) {
    const request = { room: harness.focus?.refs.get(room), endpoint: client.nick, jingleSession: "s", sources };
    const announced = harness.focus?.bus.request(xmpp.announceSources, { unit }, request);
    const iq = await client.next((stanza) => childOf(stanza, "jingle") !== undefined);
    const jingle = childOf(iq, "jingle");
    assert.ok(jingle);
    forms.push(childOf(jingle, "json-message", ns.jitmeet) !== undefined);
    assert.equal(childOf(jingle, "content") === undefined, forms.at(-1));
    client.send(`<iq type="result" id="${iq.attrs.id}" to="${room}/focus"/>`);
    await announced;
  }
  assert.deepEqual(forms, [true, false]);
});
