/** Jingle between clients and the focus as stanzas say it (focus.md 3.7): the real XMPP server, the real focus. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeBridge } from "@veche/focus/testing/bridge.ts";
import { ns } from "@veche/xmpp/codec/namespaces.ts";
import { childOf, childrenOf, type Element } from "@veche/xmpp/codec/xml/element.ts";
import { eventually } from "../harness/wait.ts";
import { FocusAndXmpp } from "./focus-and-xmpp.ts";
import { camera, content, group, JingleClient, source } from "./jingle-client.ts";

const room = "lesson@muc.meet.jitsi";

class Call implements AsyncDisposable {
  readonly pair: FocusAndXmpp;
  readonly bridge: FakeBridge;
  readonly a: JingleClient;
  readonly b: JingleClient;

  private constructor(pair: FocusAndXmpp, bridge: FakeBridge, [a, b]: readonly [JingleClient, JingleClient]) {
    this.pair = pair;
    this.bridge = bridge;
    this.a = a;
    this.b = b;
  }

  /** Two who are invited; nobody has accepted yet. */
  static async ring(env: Readonly<Record<string, string>> = {}): Promise<Call> {
    const pair = await FocusAndXmpp.start(env);
    const bridge = new FakeBridge(pair.forBridge("b1"));
    const a = await JingleClient.enter(pair, room);
    return new Call(pair, bridge, [a, await JingleClient.enter(pair, room)]);
  }

  /** Both send sound and know of each other. */
  static async open(env: Readonly<Record<string, string>> = {}): Promise<Call> {
    const call = await Call.ring(env);
    const { a, b } = call;
    assert.equal(await a.accepts({ audio: source(`${a.nick}-a0`, 1_000) }), "done");
    assert.equal(await b.accepts({ audio: source(`${b.nick}-a0`, 2_000) }), "done");
    return call;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.bridge[Symbol.dispose]();
    await this.pair[Symbol.asyncDispose]();
  }
}

const namesIn = (jingle: Element) =>
  childrenOf(jingle, "content").flatMap((one) => {
    const description = childOf(one, "description");
    return description ? childrenOf(description, "source").map(({ attrs }) => attrs.name) : [];
  });

test("sources that are wrong are refused each with its condition, and nobody else hears of them", async () => {
  await using call = await Call.open();
  const { a, b } = call;
  await b.hears("session-initiate");
  const video = (sources: string) => content("video", sources);
  const audio = (sources: string) => content("audio", sources);
  const v0 = `${a.nick}-v0`;
  const many = Array.from({ length: 21 }, (_, index) => source(`${a.nick}-v${index}`, 5_000 + index)).join("");
  const bad: readonly (readonly [string, string])[] = [
    ["an SSRC of 0", video(source(v0, 0))],
    ["an SSRC of 2^32", video(source(v0, 2 ** 32))],
    ["an SSRC that is no number", video(source(v0, "many"))],
    ["an SSRC of somebody else", video(source(v0, 2_000))],
    ["an SSRC of one's own", video(source(v0, 1_000))],
    ["an SSRC twice", video(source(v0, 5_000) + source(v0, 5_000))],
    ["a name of somebody else", video(source(`${b.nick}-v0`, 5_000))],
    ["a name that is none", video(source("camera", 5_000))],
    ["no name", video(`<source xmlns="${ns.sourceAttributes}" ssrc="5000"/>`)],
    ["a name that is there with other SSRCs", audio(source(`${a.nick}-a0`, 5_000))],
    ["sound in a content of video", video(source(`${a.nick}-a1`, 5_000))],
    ["an msid of another source of one's own", video(source(v0, 5_000, `${a.nick}-a0 ${a.nick}-a0-track`))],
    ["two msids in one source", video(source(v0, 5_000, "s t") + source(v0, 5_001, "s u"))],
    ["a pair of three", video(camera(v0, 5_000) + source(v0, 5_002) + group("FID", 5_000, 5_001, 5_002))],
    ["a group of others' SSRCs", video(camera(v0, 5_000) + group("FID", 5_000, 2_000))],
    ["a group of another kind", video(camera(v0, 5_000) + group("XYZ", 5_000, 5_001))],
    ["more SSRCs than one person may have", video(many)],
    ["two contents of one medium", video(source(v0, 5_000)) + video(source(`${a.nick}-v1`, 5_001))],
  ];
  for (const [what, contents] of bad) assert.equal(await a.says("source-add", contents), "bad-request", what);
  assert.equal(await a.says("source-add", video(camera(v0, 5_000)), "gone"), "item-not-found unknown-session");
  assert.equal(await a.says("source-add", video(camera(v0, 5_000))), "done");
  const added = await eventuallyHears(b, v0);
  assert.deepEqual(new Set(namesIn(added)), new Set([v0]), "the first that b hears of a's video is what was right");
});

async function eventuallyHears(client: JingleClient, name: string): Promise<Element> {
  let found: Element | undefined;
  await eventually(`${name} is announced`, () => {
    found = client.heard("source-add").find((jingle) => namesIn(jingle).includes(name));
    return found ? undefined : "not yet";
  });
  if (!found) throw new Error(name);
  return found;
}

test("a source is there once, withdrawn once, and what is not there can't be removed", async () => {
  await using call = await Call.open();
  const { a, b } = call;
  const v0 = `${a.nick}-v0`;
  const added = content("video", camera(v0, 5_000));
  assert.equal(await a.says("source-add", added), "done");
  assert.equal(await a.says("source-add", added), "done", "said again");
  const announced = namesIn(await eventuallyHears(b, v0));
  assert.deepEqual(announced, [v0, v0], "one picture and its retransmission, under SSRCs of b's own");
  assert.equal(await b.says("source-remove", added), "bad-request", "somebody else's");
  assert.equal(await a.says("source-remove", content("video", camera(`${a.nick}-v1`, 7_000))), "bad-request");
  assert.equal(await a.says("source-remove", added, "gone"), "item-not-found unknown-session");
  assert.equal(await a.says("source-remove", added), "done");
  assert.deepEqual(namesIn(await b.hears("source-remove")), [v0, v0]);
  assert.equal(await a.says("source-remove", added), "bad-request", "a second time");
  assert.equal(
    b
      .heard("source-add")
      .flatMap(namesIn)
      .filter((name) => name === v0).length,
    2,
  );
});

test("nothing can be sent before the session is accepted, and a wrong accept may be made good", async () => {
  await using call = await Call.ring();
  const { a, b } = call;
  await a.hears("session-initiate");
  assert.equal(await a.says("source-add", content("video", camera(`${a.nick}-v0`, 5_000))), "unexpected-request");
  assert.equal(await a.accepts({ audio: source(`${b.nick}-a0`, 1_000) }), "bad-request");
  assert.equal(await a.says("session-accept", content("audio", "")), "bad-request", "no transport");
  assert.equal(await a.accepts({ audio: source(`${a.nick}-a0`, 1_000) }), "done");
});

test("sources come as JSON too", async () => {
  await using call = await Call.open();
  const { a, b } = call;
  const json = (sources: object) =>
    `<json-message xmlns="${ns.jitmeet}">${JSON.stringify({ sources }).replaceAll("&", "&amp;")}</json-message>`;
  const msid = `${a.nick}-video-0-1 t-1`;
  const [s, r] = [5_000, 5_001];
  const name = `${a.nick}-v0`;
  const video = [
    { s, n: name, m: msid },
    { s: r, n: name, m: msid },
  ];
  assert.equal(await a.says("source-add", json({ [a.nick]: [video, [["f", s, r]]] })), "done");
  assert.deepEqual(namesIn(await eventuallyHears(b, name)), [name, name]);
  assert.equal(await a.says("source-add", json({ [b.nick]: [[{ s: 7, n: `${b.nick}-v0`, m: "x" }]] })), "bad-request");
  assert.equal(
    await a.says(
      "source-remove",
      json({
        [a.nick]: [
          [
            { s, n: name },
            { s: r, n: name },
          ],
        ],
      }),
    ),
    "done",
  );
});

test("what session-accept says of last-N reaches the bridge", async () => {
  await using call = await Call.ring();
  const { a, b, bridge } = call;
  const lastN = (value: string) => `<initial-last-n xmlns="jitsi:colibri2" value="${value}"/>`;
  assert.equal(await a.accepts({}, lastN("many")), "bad-request");
  assert.equal(await a.accepts({}, lastN("7")), "done");
  assert.equal(await b.accepts({}, lastN("-1")), "done");
  assert.deepEqual([bridge.endpoint(a.nick)?.lastN, bridge.endpoint(b.nick)?.lastN], [7, undefined]);
});

test("a client whose ICE failed gets a new session, but not as often as it likes", async () => {
  await using call = await Call.open();
  const { a, b } = call;
  const restart = (id: string) =>
    `<reason><connectivity-error/></reason><bridge-session xmlns="${ns.focus}" id="${id}" restart="true"/>`;
  const first = a.sid;
  assert.equal(await a.says("session-terminate", restart("another")), "item-not-found unknown-session");
  assert.equal(await a.says("session-terminate", restart(a.bridgeSession)), "done");
  await a.hears("session-initiate", 2);
  assert.notEqual(a.sid, first);
  assert.equal(await a.says("session-terminate", restart(a.bridgeSession), first), "item-not-found unknown-session");
  assert.equal(await a.accepts({ audio: source(`${a.nick}-a0`, 1_000) }, "", 2), "done");
  assert.equal(await a.says("session-terminate", restart(a.bridgeSession)), "resource-constraint");
  assert.equal(b.heard("session-initiate").length, 1);
});

test("ICE is restarted with new credentials of a growing generation; the legacy word of a failure is just taken", async () => {
  await using call = await Call.open();
  const { a } = call;
  const again = (id: string) => `<bridge-session xmlns="${ns.focus}" ice-restart="true" id="${id}"/>`;
  assert.equal(await a.says("session-info", again("another")), "item-not-found unknown-session");
  for (const generation of [1, 2]) {
    assert.equal(await a.says("session-info", again(a.bridgeSession)), "done");
    const info = await a.hears("transport-info", generation);
    const inside = childOf(info, "content");
    assert.equal(inside?.attrs.name, "audio");
    const transport = inside && childOf(inside, "transport");
    assert.deepEqual([transport?.attrs["ice-generation"], transport?.attrs.ufrag], [String(generation), "again"]);
  }
  const transport = `<content name="audio"><transport xmlns="${ns.iceUdp}" ufrag="n" pwd="nnnnnnnnnnnnnnnnnnnnnn"/></content>`;
  assert.equal(await a.says("transport-info", transport), "done");
  assert.equal(await a.says("session-info", `<ice-state xmlns="${ns.focus}">failed</ice-state>`), "done");
});

test("when as many send as may, presence says so, and further sources are refused with resource-constraint", async () => {
  await using call = await Call.open({ JICOFO_CONF_MAX_VIDEO_SENDERS: "1" });
  const { a, b } = call;
  assert.equal(await a.says("source-add", content("video", camera(`${a.nick}-v0`, 5_000))), "done");
  await eventually("presence says that the limit is reached", () =>
    limitsOf(b).at(-1) === "audio false video true" ? undefined : limitsOf(b).join(),
  );
  assert.equal(await b.says("source-add", content("video", camera(`${b.nick}-v0`, 6_000))), "resource-constraint");
  assert.equal(await a.says("source-remove", content("video", camera(`${a.nick}-v0`, 5_000))), "done");
  assert.equal(await b.says("source-add", content("video", camera(`${b.nick}-v0`, 6_000))), "done");
});

function limitsOf({ client }: JingleClient): string[] {
  return client.stanzas.flatMap((stanza) => {
    const properties = stanza.name === "presence" ? childOf(stanza, "conference-properties") : undefined;
    if (!properties) return [];
    const all = new Map(childrenOf(properties, "property").map(({ attrs }) => [attrs.key, attrs.value]));
    return `audio ${all.get("audio-limit-reached")} video ${all.get("video-limit-reached")}`;
  });
}

test("whoever leaves may say so in either order", async () => {
  await using call = await Call.open();
  const { a } = call;
  assert.equal(await a.says("session-terminate", "<reason><success/></reason>"), "done");
  assert.equal(await a.says("session-terminate", "<reason><success/></reason>"), "item-not-found unknown-session");
});
