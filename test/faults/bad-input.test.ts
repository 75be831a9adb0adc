/** Rubbish from all sides while two people talk: its sender is told, nobody else notices, nothing dies. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { anna, boris } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { forgetGaps, gapsOf } from "../harness/senses.ts";
import { type Scene, setScene } from "../harness/stack.ts";
import { longestStandstillMs } from "../harness/standstill.ts";
import { WireClient } from "../harness/wire-client.ts";
import { badAccepts } from "./bad-accept.ts";
import { afterSignIn, type BadStream, beforeSignIn } from "./bad-xmpp.ts";
import { boshNamespace, isRefusal, openBoshSession, postBosh } from "./bosh.ts";

const skip = withoutBrowser();
const scene = setScene({
  skip,
  // Each case opens a room of its own, from one address.
  env: { XMPP_ROOM_CREATION_PER_MINUTE: "1000" },
  prepare: joinOnlookers,
});
/** What a decoder may miss on a busy machine without anybody having noticed. */
const noticeableMs = 1_500;
let onlookers: Participant[] = [];
let pids: string;

const allPids = (): string => JSON.stringify([scene.stack.local.pids(), scene.stack.local.workerPids()]);

async function joinOnlookers({ stack, browser }: Scene): Promise<void> {
  onlookers = [
    await Participant.join(browser, stack.roomUrl("onlookers"), anna),
    await Participant.join(browser, stack.roomUrl("onlookers"), boris),
  ];
  await allPerceiveAll(onlookers);
  for (const { page } of onlookers) await forgetGaps(page);
  pids = allPids();
}
afterEach(() => {
  if (!skip) assert.equal(allPids(), pids, "a process died");
});

/** RFC 6455, 7.4.1. */
const messageTooBig = 1009;

async function isCutOff(client: WireClient, { name, frames, condition }: BadStream): Promise<void> {
  for (const frame of frames) client.send(frame);
  await client.closed().catch((error: Error) => assert.fail(`${name}: ${error.message}; ${client.received.at(-1)}`));
  // A frame that is too long is refused below XMPP, where no stream error can be said any more.
  if (client.closeCode === messageTooBig) return;
  assert.match(client.received.join("\n"), condition, name);
}

test("a stranger's bad stream is told why and closed", { skip }, async (t) => {
  for (const bad of beforeSignIn) {
    await t.test(bad.name, async () => {
      using client = await WireClient.connect(scene.stack.local.urls.http);
      await isCutOff(client, bad);
    });
  }
});

test("a signed-in client's bad stanza is told why and its stream closed", { skip }, async (t) => {
  for (const bad of afterSignIn) {
    await t.test(bad.name, async () => {
      using client = await WireClient.connect(scene.stack.local.urls.http);
      await client.signIn();
      await isCutOff(client, bad);
    });
  }
});

test("a forged sender is told so, and nobody hears from it", { skip }, async () => {
  using client = await WireClient.connect(scene.stack.local.urls.http);
  await client.signIn();
  client.send(
    '<message xmlns="jabber:client" from="focus@auth.meet.jitsi/x" to="meet.jitsi"><body>hi</body></message>',
  );
  await client.heard(/forbidden|invalid-from/);
});

test("a request nobody knows is answered, and the stream goes on", { skip }, async () => {
  using client = await WireClient.connect(scene.stack.local.urls.http);
  await client.signIn();
  assert.match(await client.ask('<query xmlns="urn:example:nothing"/>', "meet.jitsi"), /service-unavailable/);
  assert.match(await client.ask('<ping xmlns="urn:xmpp:ping"/>', "meet.jitsi", "p1", "get"), /type=["']result["']/);
  assert.match(await client.ask("<conference/>", "focus.meet.jitsi"), /type=["']error["']/);
});

test("a flood of stanzas is slowed down or cut off", { skip }, async () => {
  using client = await WireClient.connect(scene.stack.local.urls.http);
  await client.signIn();
  for (let index = 0; index < 3_000 && client.isOpen; index++) {
    client.send(
      `<iq xmlns="jabber:client" type="get" id="f${index}" to="meet.jitsi"><ping xmlns="urn:xmpp:ping"/></iq>`,
    );
  }
  const flooded = Date.now();
  await client.closed(10_000).catch(() => undefined);
  const answered = client.received.filter((frame) => frame.includes('id="f')).length;
  const elapsedS = (Date.now() - flooded) / 1000;
  assert.ok(
    client.closeCode !== undefined || answered < 150 + 40 * (elapsedS + 2),
    `${answered} answers in ${elapsedS} s`,
  );
});

test("BOSH bodies that are none are refused", { skip }, async (t) => {
  const { http } = scene.stack.local.urls;
  const conditions =
    /bad-request|item-not-found|policy-violation|improper-addressing|host-unknown|remote-stream-error|undefined-condition/;
  const bodies: [string, string][] = [
    ["text", "hello"],
    ["an open element", `<body rid="1" xmlns="${boshNamespace}"`],
    ["another element", `<soul rid="1" xmlns="${boshNamespace}"/>`],
    ["no rid", `<body xmlns="${boshNamespace}" to="meet.jitsi"/>`],
    ["a rid that is a word", `<body rid="one" xmlns="${boshNamespace}" to="meet.jitsi"/>`],
    ["a rid beyond 2^53", `<body rid="99999999999999999" xmlns="${boshNamespace}" to="meet.jitsi"/>`],
    ["an unknown sid", `<body rid="5" sid="nobody" xmlns="${boshNamespace}"/>`],
    ["too many bytes", `<body rid="5" xmlns="${boshNamespace}" to="meet.jitsi" x="${"y".repeat(600_000)}"/>`],
    ["another domain", `<body rid="5" xmlns="${boshNamespace}" to="elsewhere.example" wait="1" hold="1" ver="1.6"/>`],
  ];
  for (const [name, body] of bodies) {
    await t.test(name, async () => {
      const answer = await postBosh(http, body);
      assert.ok(isRefusal(answer, conditions), `${answer.status} ${answer.text}`);
    });
  }
  await t.test("a rid far outside the window", async () => {
    const sid = await openBoshSession(http, 1000);
    const answer = await postBosh(http, `<body rid="2000" sid="${sid}" xmlns="${boshNamespace}"/>`);
    assert.ok(isRefusal(answer, /item-not-found/), `${answer.status} ${answer.text}`);
  });
  await t.test("two requests at once, in the wrong order, are both answered", async () => {
    const sid = await openBoshSession(http, 5000);
    const answers = await Promise.all(
      [5002, 5001].map((rid) => postBosh(http, `<body rid="${rid}" sid="${sid}" xmlns="${boshNamespace}"/>`)),
    );
    for (const answer of answers) assert.equal(answer.status, 200, answer.text);
  });
});

test("rubbish instead of an answer to the invitation is told to its sender", { skip }, async (t) => {
  for (const [index, bad] of badAccepts.entries()) {
    await t.test(bad.name, async () => {
      const room = `bad accept ${index}`.replaceAll(" ", "-");
      using client = await WireClient.connect(scene.stack.local.urls.http, room);
      using companion = await WireClient.connect(scene.stack.local.urls.http, room);
      for (const each of [client, companion]) {
        await each.signIn();
        await each.join(room);
      }
      const { sid, from } = await client.invitation();
      const answer = await client.jingle("session-accept", sid, from, bad.contents(client.nick));
      assert.match(answer, /type=["']error["']/);
      assert.doesNotMatch(answer, /internal-server-error|undefined-condition/);
      const unknown = await client.jingle("session-accept", "nosuchsid", from, bad.contents(client.nick));
      assert.match(unknown, /item-not-found|bad-request|unexpected-request/);
    });
  }
});

test("requests over HTTP that make no sense are answered as such", { skip }, async () => {
  const { http } = scene.stack.local.urls;
  const post = (body: string): Promise<Response> =>
    fetch(`${http}/conference-request/v1`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  for (const body of [
    "",
    "{",
    "[]",
    '{"room":7}',
    '{"room":""}',
    '{"room":"x@elsewhere.example"}',
    `{"room":"${"r".repeat(70_000)}"}`,
  ]) {
    const { status } = await post(body);
    assert.ok(status >= 400 && status < 500, `${status} for ${body.slice(0, 40)}`);
  }
  const traversal = await fetch(`${http}/static/..%2f..%2f..%2fpackage.json`);
  assert.doesNotMatch(await traversal.text(), /workspaces/);
});

test("the two who talked meanwhile noticed nothing", { skip }, async (t) => {
  await allPerceiveAll(onlookers);
  for (const each of onlookers) {
    const gaps = await gapsOf(each.page);
    const longest = Math.max(...gaps.map((gap) => gap.longestMs));
    t.diagnostic(`${each.identity.name}: longest gap ${longest} ms`);
    assert.equal(gaps.length, 2, JSON.stringify(gaps));
    assert.ok(longest < noticeableMs + longestStandstillMs(), JSON.stringify(gaps));
    assert.deepEqual(each.troubles, []);
  }
});
