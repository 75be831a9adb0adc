import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, type Element, elementsOf } from "../codec/xml/element.ts";
import { Harness } from "../testing/harness.ts";
import { parse } from "../testing/scripted-client.ts";

/** One session, request by request, with the ids in the test's hand. */
class RawBosh {
  readonly #url: string;
  sid = "";
  rid = 1_000;

  constructor(harness: Harness) {
    this.#url = `http://127.0.0.1:${harness.port}/http-bind`;
  }

  async post(attributes: string, content = "", headers: Record<string, string> = {}): Promise<Element> {
    const body = `<body xmlns="${ns.httpbind}" ${attributes}>${content}</body>`;
    const response = await fetch(this.#url, { method: "POST", body, headers });
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    assert.equal(response.headers.get("x-jitsi-shard"), null);
    return parse(await response.text());
  }

  next(content = "", attributes = ""): Promise<Element> {
    return this.at(++this.rid, content, attributes);
  }

  at(rid: number, content = "", attributes = ""): Promise<Element> {
    return this.post(`rid="${rid}" sid="${this.sid}" ${attributes}`, content);
  }

  async create(): Promise<Element> {
    const created = await this.post(
      `rid="${this.rid}" to="meet.jitsi" wait="60" hold="1" ver="1.6" xmlns:xmpp="${ns.xbosh}" xmpp:version="1.0"`,
    );
    this.sid = created.attrs.sid ?? "";
    return created;
  }

  async signIn(): Promise<string> {
    await this.create();
    await this.next(`<auth xmlns="${ns.sasl}" mechanism="ANONYMOUS"/>`);
    await this.next("", `to="meet.jitsi" xmpp:restart="true" xmlns:xmpp="${ns.xbosh}"`);
    const bound = await this.next(`<iq type="set" id="_bind_auth_2"><bind xmlns="${ns.bind}"/></iq>`);
    const bind = childOf(elementsOf(bound)[0] ?? assert.fail(), "bind");
    return (bind && childOf(bind, "jid")?.getText()) ?? "";
  }
}

const ping = (id: string) =>
  `<iq xmlns="jabber:client" type="get" id="${id}" to="meet.jitsi"><ping xmlns="${ns.ping}"/></iq>`;
const ids = (body: Element) => elementsOf(body).map(({ attrs }) => attrs.id);

function terminated(body: Element, condition: string | undefined): void {
  assert.equal(body.attrs.type, "terminate");
  assert.equal(body.attrs.condition, condition);
}

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

test("two requests that arrive in the wrong order are worked on in the right one", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const { rid } = bosh;
  const second = bosh.at(rid + 2, ping("second"));
  await open(harness, 1);
  const first = await bosh.at(rid + 1, ping("first"));
  assert.deepEqual(ids(first), ["first", "second"]);
  bosh.rid = rid + 2;
  leave(bosh.next(ping("third")));
  assert.deepEqual(ids(await second), ["third"]);
});

test("of two open requests the older is answered at once", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const held = bosh.next();
  await open(harness, 1);
  const newer = bosh.next();
  assert.deepEqual(ids(await held), []);
  leave(bosh.next(ping("p")));
  assert.deepEqual(ids(await newer), ["p"]);
});

test("a repeated request gets the same answer, and its stanzas are not worked on again", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const first = await bosh.next(ping("once"));
  const again = await bosh.at(bosh.rid, ping("once"));
  assert.deepEqual(ids(again), ids(first));
  const after = await bosh.next(ping("next"));
  assert.deepEqual(ids(after), ["next"]);
});

test("a held request that is repeated frees its first copy, and the answer comes to the second", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const first = bosh.next();
  await open(harness, 1);
  const second = bosh.at(bosh.rid);
  assert.deepEqual(ids(await first), []);
  leave(bosh.next(ping("p")));
  assert.deepEqual(ids(await second), ["p"]);
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
  ["polling only", `<body xmlns="${ns.httpbind}" rid="1" to="meet.jitsi" wait="0"/>`, "bad-request"],
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

test("a request is held as long as was agreed, and answered empty then", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  let isAnswered = false;
  const held = bosh.next().then((body) => {
    isAnswered = true;
    return body;
  });
  await open(harness, 1);
  await clock.advance(59_000);
  assert.equal(isAnswered, false);
  await clock.advance(1_000);
  assert.deepEqual(ids(await held), []);
});

test("a session without requests ends after a minute, later where the client asked for a pause", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const [bosh, pausing] = [new RawBosh(harness), new RawBosh(harness)];
  await bosh.signIn();
  await pausing.signIn();
  await pausing.next("", 'pause="120"');
  await clock.advance(61_000);
  terminated(await bosh.next(), "item-not-found");
  assert.deepEqual(ids(await pausing.next(ping("awake"))), ["awake"]);
});

test("a farewell by beacon, as text/plain, is understood", async () => {
  await using harness = await Harness.start();
  const [bosh, b] = [new RawBosh(harness), await harness.client()];
  const jid = await bosh.signIn();
  const room = "standup@muc.meet.jitsi";
  await b.enter(room);
  await bosh.next(`<presence xmlns="jabber:client" to="${room}/gone1234"><x xmlns="${ns.muc}"/></presence>`);
  await b.next((stanza) => stanza.attrs.from === `${room}/gone1234`);
  const farewell = `<presence xmlns="jabber:client" type="unavailable" to="${room}/gone1234"/>`;
  const body = await bosh.post(`rid="${++bosh.rid}" sid="${bosh.sid}" type="terminate"`, farewell, {
    "Content-Type": "text/plain;charset=UTF-8",
  });
  assert.equal(body.attrs.type, "terminate");
  await b.next((stanza) => stanza.attrs.from === `${room}/gone1234` && stanza.attrs.type === "unavailable");
  assert.ok(jid);
});

test("preflight requests are answered", async () => {
  await using harness = await Harness.start();
  const response = await fetch(`http://127.0.0.1:${harness.port}/tenant/http-bind`, { method: "OPTIONS" });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("access-control-allow-methods") ?? "", /POST/);
  assert.equal(response.headers.get("access-control-allow-headers"), "Content-Type");
});

/** A request that is still open when the test ends. */
function leave(request: Promise<Element>): void {
  request.catch(() => {});
}

/** Waits until so many requests of all sessions are held, or came early. */
async function open(harness: Harness, requests: number): Promise<void> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${harness.port}/debug`);
    const { bosh } = (await response.json()) as { bosh: { held: number; early: number } };
    if (bosh.held + bosh.early === requests) return;
  }
}
