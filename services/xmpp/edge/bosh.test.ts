import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf, type Element, elementsOf } from "../codec/xml/element.ts";
import { defaultLimits } from "../limits.ts";
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

test("a client gets no more than one held request, whatever it asks for, and no longer wait than a minute", async () => {
  await using harness = await Harness.start();
  const created = await new RawBosh(harness).post('rid="1" to="meet.jitsi" hold="5" wait="3600" ack="1"');
  assert.deepEqual([created.attrs.hold, created.attrs.wait, created.attrs.requests], ["1", "60", "2"]);
});

test("answers have the content type a client asked for, if it is one that nobody runs", async () => {
  await using harness = await Harness.start();
  const typeOf = async (content: string) => {
    const body = `<body xmlns="${ns.httpbind}" rid="1" to="meet.jitsi" content="${content}"/>`;
    const response = await fetch(`http://127.0.0.1:${harness.port}/http-bind`, { method: "POST", body });
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
    return response.headers.get("content-type");
  };
  assert.equal(await typeOf("text/xml; charset=utf-8"), "text/xml; charset=utf-8");
  assert.equal(await typeOf("application/xml"), "application/xml; charset=utf-8");
  assert.equal(await typeOf("text/plain"), "text/plain; charset=utf-8");
  assert.equal(await typeOf("text/html"), "text/xml; charset=utf-8");
  assert.equal(await typeOf("text/javascript&#13;&#10;X-A: b"), "text/xml; charset=utf-8");
});

test("a request by script is refused as a script", async () => {
  await using harness = await Harness.start();
  const response = await fetch(`http://127.0.0.1:${harness.port}/http-bind?%3Cbody%20rid='1'/%3E`);
  assert.match(response.headers.get("content-type") ?? "", /^text\/javascript/);
  assert.match(
    await response.text(),
    /^_BOSH_\("<body .*type=\\"terminate\\" condition=\\"undefined-condition\\"\/>"\)$/,
  );
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

test("more than one answer may hold comes in several, in order", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const { answerCharacters } = defaultLimits.bosh;
  const long = "x".repeat(2_000);
  const sent = Array.from(
    { length: Math.ceil((answerCharacters * 1.5) / long.length) },
    (_, index) => `${index}${long}`,
  );
  const first = ids(await bosh.next(sent.map(ping).join("")));
  const second = ids(await bosh.next());
  assert.ok(first.join("").length <= answerCharacters);
  assert.deepEqual([...first, ...second], sent);
});

test("an empty request is held, and answered with what comes", async () => {
  await using harness = await Harness.start();
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const held = bosh.next();
  await open(harness, 1);
  const other = bosh.next(ping("p"));
  assert.deepEqual(ids(await held), ["p"]);
  leave(other);
});

test("a client that only polls is answered at once", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const bosh = new RawBosh(harness);
  const created = await bosh.post(`rid="${bosh.rid}" to="meet.jitsi" wait="0" hold="0"`);
  assert.deepEqual([created.attrs.hold, created.attrs.requests, created.attrs.polling], ["0", "1", "5"]);
  bosh.sid = created.attrs.sid ?? "";
  const success = await bosh.next(`<auth xmlns="${ns.sasl}" mechanism="ANONYMOUS"/>`);
  assert.ok(success);
  for (let poll = 0; poll < 3; poll++) {
    await clock.advance(5_000);
    await bosh.next();
  }
  terminated(await bosh.next(), "policy-violation");
  terminated(await bosh.next(), "item-not-found");
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

test("a client whose connections are gone has a minute from then on, not from the end of the wait", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const abort = new AbortController();
  const body = `<body xmlns="${ns.httpbind}" rid="${bosh.rid + 1}" sid="${bosh.sid}"/>`;
  const url = `http://127.0.0.1:${harness.port}/http-bind`;
  const held = assert.rejects(fetch(url, { method: "POST", body, signal: abort.signal }));
  await open(harness, 1);
  abort.abort();
  await held;
  await lost(harness, 1);
  await clock.advance(60_000);
  terminated(await bosh.at(bosh.rid + 1), "item-not-found");
});

test("a request whose connection broke is repeated, and answered with what has come since", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  const abort = new AbortController();
  const body = `<body xmlns="${ns.httpbind}" rid="${bosh.rid + 1}" sid="${bosh.sid}"/>`;
  const url = `http://127.0.0.1:${harness.port}/http-bind`;
  const held = assert.rejects(fetch(url, { method: "POST", body, signal: abort.signal }));
  await open(harness, 1);
  abort.abort();
  await held;
  await lost(harness, 1);
  await clock.advance(59_000);
  const again = bosh.at(bosh.rid + 1);
  await lost(harness, 0);
  await clock.advance(30_000);
  leave(bosh.at(bosh.rid + 2, ping("p")));
  assert.deepEqual(ids(await again), ["p"]);
});

test("a flood of empty requests is slowed down and cut like one of stanzas", async () => {
  const clock = new ManualClock(Date.now());
  await using harness = await Harness.start({ clock });
  const bosh = new RawBosh(harness);
  await bosh.signIn();
  let last = await bosh.next(ping("p"));
  for (let request = 0; request < 1_000 && last.attrs.type !== "terminate"; request++) {
    last = await bosh.next("", 'pause="1"');
  }
  terminated(last, "remote-stream-error");
});

test("HTTP as old as 1.0, HEAD and PUT are answered by the rules of HTTP", async () => {
  await using harness = await Harness.start();
  const body = `<body xmlns="${ns.httpbind}" rid="1" to="meet.jitsi"/>`;
  const socket = connect(harness.port, "127.0.0.1");
  socket.write(`POST /http-bind HTTP/1.0\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  let answer = "";
  for await (const bytes of socket) answer += bytes;
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /Connection: close/i);
  assert.match(answer, /<stream:features/);
  const url = `http://127.0.0.1:${harness.port}/http-bind`;
  const head = await fetch(url, { method: "HEAD" });
  assert.deepEqual([head.status, await head.text()], [200, ""]);
  const put = await fetch(url, { method: "PUT", body });
  assert.equal(put.status, 405);
  assert.match(put.headers.get("allow") ?? "", /POST/);
  await put.text();
});

test("requests of one connection are answered in their order, as many as there are", async () => {
  await using harness = await Harness.start();
  const body = (rid: number) => `<body xmlns="${ns.httpbind}" rid="${rid}" to="meet.jitsi"/>`;
  const post = (rid: number) =>
    `POST /http-bind HTTP/1.1\r\nHost: x\r\nContent-Length: ${body(rid).length}\r\n\r\n${body(rid)}`;
  const socket = connect(harness.port, "127.0.0.1");
  socket.write(post(1) + post(2) + post(3));
  let answer = "";
  for await (const bytes of socket) {
    answer += bytes;
    if (answer.match(/<\/stream:features>/g)?.length === 3) break;
  }
  assert.equal(answer.match(/HTTP\/1\.1 200 OK/g)?.length, 3);
});

test("pages of other sites connect only where the setting lets them", async () => {
  await using harness = await Harness.start({ env: { XMPP_CROSS_DOMAIN: "https://school.example" } });
  const post = (origin: string) =>
    fetch(`http://127.0.0.1:${harness.port}/http-bind`, {
      method: "POST",
      headers: { Origin: origin, "X-Forwarded-Host": "meet.example" },
      body: `<body xmlns="${ns.httpbind}" rid="1" to="meet.jitsi"/>`,
    });
  for (const [origin, status] of [
    ["https://school.example", 200],
    ["https://meet.example", 200],
    ["https://elsewhere.example", 403],
  ] as const) {
    const response = await post(origin);
    assert.equal(response.status, status, origin);
    assert.equal(response.headers.get("access-control-allow-origin"), status === 200 ? origin : null);
    await response.text();
  }
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

/** Waits until so many held requests have lost their connections. */
async function lost(harness: Harness, requests: number): Promise<void> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${harness.port}/debug`);
    const { bosh } = (await response.json()) as { bosh: { lost: number } };
    if (bosh.lost === requests) return;
  }
}
