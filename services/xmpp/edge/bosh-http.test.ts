import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { ns } from "../codec/namespaces.ts";
import { Harness } from "../testing/harness.ts";
import { RawBosh } from "../testing/raw-bosh.ts";

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
