import assert from "node:assert/strict";
import { test } from "node:test";
import { ns } from "../codec/namespaces.ts";
import { childOf, elementsOf } from "../codec/xml/element.ts";
import { Harness } from "../testing/harness.ts";
import { ids, ping, RawBosh, terminated } from "../testing/raw-bosh.ts";
import { parse } from "../testing/scripted-client.ts";

test("a session starts with everything a client looks for, and a sid of 128 random bits", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  const created = await bosh.create();
  assert.match(bosh.sid, /^[0-9a-f]{32}$/);
  const { wait, requests, hold, inactivity, ver, from } = created.attrs;
  assert.deepEqual(
    { wait, requests, hold, inactivity, ver, from },
    {
      wait: "60",
      requests: "2",
      hold: "1",
      inactivity: "60",
      ver: "1.6",
      from: "meet.jitsi",
    },
  );
  assert.equal(childOf(created, "features")?.getNS(), ns.stream);
});

test("stanzas in a body belong to jabber:client whether they say so or not", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const answer = await bosh.next(ping("p1").replace(' xmlns="jabber:client"', ""));
  assert.deepEqual(ids(answer), ["p1"]);
  assert.equal(elementsOf(answer)[0]?.attrs.xmlns, "jabber:client");
});

test("an unknown sid is item-not-found", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  terminated(await bosh.post(`rid="1" sid="${"0".repeat(32)}"`), "item-not-found");
});

test("a rid out of the window ends the session with item-not-found", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  terminated(await bosh.at(bosh.rid + 3, ping("x")), "item-not-found");
  terminated(await bosh.next(), "item-not-found");
});

test("a rid that was answered too long ago ends the session with item-not-found", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  terminated(await bosh.at(bosh.rid - 3), "item-not-found");
});

const badBodies: readonly (readonly [what: string, body: string, condition: string])[] = [
  ["no XML", "hello", "bad-request"],
  ["another element", '<x xmlns="urn:x" rid="1"/>', "bad-request"],
  ["no rid", `<body xmlns="${ns.httpbind}" to="meet.jitsi"/>`, "bad-request"],
  ["a rid that is no number", `<body xmlns="${ns.httpbind}" rid="one" to="meet.jitsi"/>`, "bad-request"],
  ["a rid over the greatest", `<body xmlns="${ns.httpbind}" rid="99999999999999999" to="meet.jitsi"/>`, "bad-request"],
  ["a comment", `<body xmlns="${ns.httpbind}" rid="1"><!-- x --></body>`, "bad-request"],
  [
    "too deep",
    `<body xmlns="${ns.httpbind}" rid="1">${"<a>".repeat(40)}${"</a>".repeat(40)}</body>`,
    "policy-violation",
  ],
  ["another host", `<body xmlns="${ns.httpbind}" rid="1" to="elsewhere.example"/>`, "host-unknown"],
  ["a chain of keys", `<body xmlns="${ns.httpbind}" rid="1" to="meet.jitsi" newkey="ab"/>`, "undefined-condition"],
  ["a wait that is a word", `<body xmlns="${ns.httpbind}" rid="1" to="meet.jitsi" wait="long"/>`, "bad-request"],
  ["a negative hold", `<body xmlns="${ns.httpbind}" rid="1" to="meet.jitsi" hold="-1"/>`, "bad-request"],
  ["no host", `<body xmlns="${ns.httpbind}" rid="1"/>`, "host-unknown"],
  [
    "too much before sign-in",
    `<body xmlns="${ns.httpbind}" rid="1" to="meet.jitsi">${" ".repeat(10_000)}</body>`,
    "policy-violation",
  ],
];

for (const [what, body, condition] of badBodies) {
  test(`a body with ${what} is answered with ${condition}`, async () => {
    await using harness = await Harness.start();
    const response = await fetch(`http://127.0.0.1:${harness.port}/http-bind`, { method: "POST", body });
    terminated(parse(await response.text()), condition);
    const onlooker = await harness.client();
    await onlooker.settled();
  });
}

test("a body that is too big is refused", async () => {
  await using harness = await Harness.start();
  const body = "a".repeat(300_000);
  const response = await fetch(`http://127.0.0.1:${harness.port}/http-bind`, { method: "POST", body });
  assert.equal(response.status, 413);
  terminated(parse(await response.text()), "policy-violation");
});

test("rubbish in a session ends it with a stream error, and its sid is gone", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const answer = await bosh.next('<rubbish xmlns="urn:x"/>');
  terminated(answer, "remote-stream-error");
  const error = elementsOf(answer)[0];
  assert.ok(error && childOf(error, "unsupported-stanza-type"));
  terminated(await bosh.next(), "item-not-found");
});

test("the version that is lower is spoken, and a legacy client finds an id of the stream that is not the sid", async () => {
  await using harness = await Harness.start();
  const version = async (ver: string) => {
    const bosh = new RawBosh(harness);
    const created = await bosh.post(`rid="1" to="meet.jitsi" ${ver}`);
    assert.match(created.attrs.authid ?? "", /^[\w-]{12}$/);
    return created.attrs.ver;
  };
  assert.equal(await version('ver="1.6"'), "1.6");
  assert.equal(await version('ver="1.10"'), "1.10");
  assert.equal(await version('ver="2.0"'), "1.11");
  assert.equal(await version('ver="latest"'), "1.11");
  assert.equal(await version(""), "1.11");
});

test("several stanzas in a body are worked on in order, also those of the request that opens the session", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  const auth = `<auth xmlns="${ns.sasl}" mechanism="ANONYMOUS"/>`;
  const created = await bosh.post(`rid="${bosh.rid}" to="meet.jitsi"`, auth);
  bosh.sid = created.attrs.sid ?? "";
  const success = await bosh.next();
  assert.equal(elementsOf(success)[0]?.name, "success");
  await bosh.next("", `to="meet.jitsi" xmpp:restart="true" xmlns:xmpp="${ns.xbosh}"`);
  const bind = `<iq type="set" id="b"><bind xmlns="${ns.bind}"/></iq>`;
  assert.deepEqual(ids(await bosh.next(bind + ping("p1") + ping("p2"))), ["b", "p1", "p2"]);
});

test("a stream is opened again once, after sign-in", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const answer = await bosh.next("", `to="meet.jitsi" xmpp:restart="true" xmlns:xmpp="${ns.xbosh}"`);
  terminated(answer, "remote-stream-error");
});

test("rubbish that names a session ends it: who knows the sid is its client", async () => {
  await using harness = await Harness.start();
  for (const rubbish of [
    (sid: string) => `<body xmlns="${ns.httpbind}" rid="1005" sid="${sid}"><message>`,
    (sid: string) => `<body xmlns='${ns.httpbind}' rid='1005' sid='${sid}'><a>&lol;</a></body>`,
    (sid: string) => `<body xmlns="${ns.httpbind}" rid="x" sid="${sid}"/>`,
    (sid: string) => Buffer.from(`<body xmlns="${ns.httpbind}" sid="${sid}" rid="1005">\xff\xfe</body>`, "latin1"),
  ]) {
    const [bosh, onlooker] = [new RawBosh(harness), await harness.client()];
    await bosh.signIn();
    const body = rubbish(bosh.sid);
    const response = await fetch(`http://127.0.0.1:${harness.port}/http-bind`, { method: "POST", body });
    terminated(parse(await response.text()), "bad-request");
    terminated(await bosh.next(), "item-not-found");
    await onlooker.settled();
  }
});

test("the ids of one session mean nothing in another", async () => {
  await using harness = await Harness.start();
  const [a, b] = [new RawBosh(harness), new RawBosh(harness)];
  a.rid = 5_000_000;
  await a.signIn();
  await b.signIn();
  terminated(await b.at(a.rid + 1, ping("x")), "item-not-found");
  assert.deepEqual(ids(await a.next(ping("mine"))), ["mine"]);
});
