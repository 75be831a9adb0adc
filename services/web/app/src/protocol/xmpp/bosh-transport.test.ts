import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { BoshTransport } from "./bosh-transport.ts";

const tickMs = 100;
const created = `<body xmlns="http://jabber.org/protocol/httpbind" sid="s1" inactivity="60"/>`;
const empty = `<body xmlns="http://jabber.org/protocol/httpbind"/>`;

/** Node has no parser of XML: this one reads an empty element, which is all that is said here. */
class EmptyElementParser {
  parseFromString(text: string) {
    const attributes = [...text.matchAll(/([\w:]+)="([^"]*)"/g)].map(([, name, value]) => ({ name, value }));
    const documentElement = { localName: "body", namespaceURI: "", attributes, childNodes: [] };
    return { documentElement, getElementsByTagName: () => [] };
  }
}

before(() => void Object.assign(globalThis, { DOMParser: EmptyElementParser }));
after(() => void Reflect.deleteProperty(globalThis, "DOMParser"));

/** A server that holds each request but the first until another comes, or is away; and the page's clock. */
function stage(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const heard: string[] = [];
  const rids: number[] = [];
  const held: { readonly rid: number; answer(body: string): void; fail(): void }[] = [];
  const server = { isAway: false, hangs: false };
  const ridOf = (body: string) => Number(/rid="(\d+)"/.exec(body)?.[1]);
  const answer = (rid: number, signal: AbortSignal) =>
    new Promise<Response>((resolve, reject) => {
      const fail = () => reject(new TypeError("connection reset"));
      signal.addEventListener("abort", fail);
      if (server.hangs) return;
      held.push({ rid, answer: (body) => resolve(new Response(body)), fail });
      if (held.length > 1) held.shift()?.answer(empty);
    });
  t.mock.method(globalThis, "fetch", (_url: string, { body, signal }: { body: string; signal: AbortSignal }) => {
    rids.push(ridOf(body));
    if (server.isAway) return Promise.resolve(new Response("", { status: 502 }));
    return body.includes("sid=") ? answer(ridOf(body), signal) : Promise.resolve(new Response(created));
  });
  const transport = new BoshTransport("http://meet.example/http-bind", "meet.example");
  transport.open({
    received: () => {},
    closed: (reason) => heard.push(reason),
    faltered: (isFaltering) => heard.push(isFaltering ? "faltering" : "well"),
  });
  const pass = async (ms: number) => {
    for (let passed = 0; passed <= ms; passed += tickMs) {
      await new Promise((resolve) => setImmediate(resolve));
      t.mock.timers.tick(tickMs);
    }
  };
  const lose = () => {
    server.isAway = true;
    for (const { fail } of held.splice(0)) fail();
  };
  return { transport, server, heard, rids, held, pass, lose };
}

test("a server that is away for as long as it keeps the session is waited for, with the same requests", async (t) => {
  const { server, heard, rids, held, pass, lose } = stage(t);
  await pass(1_000);
  assert.equal(held.length, 1);
  lose();
  await pass(50_000);
  assert.deepEqual(heard, ["faltering"]);
  const asked = new Set(rids);
  server.isAway = false;
  await pass(2_000);
  assert.deepEqual(heard, ["faltering", "well"]);
  assert.equal(held.length, 1, "one waits for what may come");
  assert.equal(asked.size, 3, "the opening, the one that was held, and one that finds the server again");
  assert.deepEqual([...new Set(rids)], [...asked], "nothing was asked anew");
});

test("one that is away for longer has given the session up: so does the client", async (t) => {
  const { heard, pass, lose } = stage(t);
  await pass(1_000);
  lose();
  await pass(63_000);
  assert.deepEqual(heard, ["faltering", "server does not answer"]);
});

test("requests that hang are asked again on new connections", async (t) => {
  const { transport, server, heard, held, pass } = stage(t);
  await pass(1_000);
  server.hangs = true;
  held.splice(0);
  assert.equal(transport.renew(), true);
  await pass(5_000);
  assert.deepEqual(heard, ["faltering"]);
  server.hangs = false;
  await pass(16_000);
  assert.deepEqual(heard, ["faltering", "well"]);
});
