/** A whole stack, watched by `@xmpp/client` as programs watch a deployment of Jitsi: in the rooms of its recorders and bridges. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { recorderPasswordName } from "@veche/deploy/local/recording.ts";
import { client, type XmlElement, type XmppClient, xml } from "@xmpp/client";
import { withoutBrowser } from "../../harness/browser.ts";
import { withoutFfmpeg } from "../../harness/recording/ffmpeg.ts";
import { startTestStack, type TestStack } from "../../harness/stack.ts";
import { eventually } from "../../harness/wait.ts";

const skip = withoutBrowser() || withoutFfmpeg();
const jibris = "jibribrewery@internal-muc.meet.jitsi";
const bridges = "jvbbrewery@internal-muc.meet.jitsi";
const nick = "watcher";
const takesMs = 60_000;

/** What it is shown, by who shows it: the last presence of each. */
class Watcher {
  readonly client: XmppClient;
  readonly last = new Map<string, XmlElement>();

  constructor(
    service: string,
    account: { readonly domain: string; readonly username?: string; readonly password?: string },
  ) {
    this.client = client({ service, ...account });
    this.client.on("error", () => {});
    this.client.on("stanza", (stanza) => {
      if (stanza.name === "presence" && stanza.attrs.from !== undefined) this.last.set(stanza.attrs.from, stanza);
    });
  }

  async enter(room: string): Promise<void> {
    const join = xml("x", { xmlns: "http://jabber.org/protocol/muc" });
    await this.client.send(xml("presence", { to: `${room}/${nick}` }, join));
    await this.sees(`${room}/${nick}`, ({ attrs }) => attrs.type === undefined);
  }

  async sees(from: string, holds: (presence: XmlElement) => boolean): Promise<void> {
    const look = () => {
      const presence = this.last.get(from);
      return presence && holds(presence) ? undefined : (presence?.toString() ?? "nothing was seen of it");
    };
    await eventually(`${from} is seen`, look, { timeoutMs: takesMs });
  }
}

const shows = (busy: string) => (presence: XmlElement) => {
  const status = presence.getChild("jibri-status", "http://jitsi.org/protocol/jibri");
  const health = status?.getChild("health-status", "http://jitsi.org/protocol/health");
  return status?.getChild("busy-status")?.attrs.status === busy && health?.attrs.status === "healthy";
};

const isGone = ({ attrs }: XmlElement) => attrs.type === "unavailable";

function statsOf(presence: XmlElement): Readonly<Record<string, string | undefined>> {
  const stats = presence.getChild("stats", "http://jitsi.org/protocol/colibri")?.getChildren("stat") ?? [];
  return Object.fromEntries(stats.map(({ attrs }) => [attrs.name, attrs.value]));
}

let stack: TestStack;
let watcher: Watcher;

before(async () => {
  if (skip !== false) return;
  const env = {
    JVB_REGION: "eu",
    VECHE_RECORDER_MAX_COMPOSITES: "1",
    VECHE_RECORDER_MAX_CPU: "1",
    VECHE_RECORDER_MIN_MEMORY: "0",
    VECHE_RECORDER_MIN_DISK: "100",
    VECHE_RECORDER_WARN_DISK: "200",
  };
  stack = await startTestStack(env, { bridges: 2, recorders: 1 });
});

after(async () => {
  await watcher?.client.stop();
  await stack?.[Symbol.asyncDispose]();
});

const serviceOf = (scene: TestStack) => `ws://127.0.0.1:${scene.local.ports.xmpp}/xmpp-websocket`;

async function tell(address: string, body?: object): Promise<void> {
  const asked = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body ?? {}) };
  const answer = await fetch(address, asked);
  assert.ok(answer.ok, `${address}: ${answer.status} ${await answer.text()}`);
}

test("the recorders' account sees an idle recorder and every bridge", { skip }, async () => {
  const password = readFileSync(join(stack.local.dataDir, "secrets", recorderPasswordName), "utf8").trim();
  watcher = new Watcher(serviceOf(stack), { domain: "hidden.meet.jitsi", username: "recorder", password });
  await watcher.client.start();
  await watcher.enter(jibris);
  await watcher.enter(bridges);
  await watcher.sees(`${jibris}/recorder`, shows("idle"));
  for (const bridge of ["jvb-1", "jvb-2"]) {
    const isItself = (presence: XmlElement) => {
      const { relay_id, region, healthy, drain, stress_level } = statsOf(presence);
      return (
        relay_id === bridge && region === "eu" && healthy === "true" && drain === "false" && Number(stress_level) < 1
      );
    };
    await watcher.sees(`${bridges}/${bridge}`, isItself);
  }
});

test("a guest does not come in", { skip }, async () => {
  const guest = new Watcher(serviceOf(stack), { domain: "meet.jitsi" });
  await guest.client.start();
  const join = xml("x", { xmlns: "http://jabber.org/protocol/muc" });
  await guest.client.send(xml("presence", { to: `${jibris}/${nick}` }, join));
  await guest.sees(
    `${jibris}/${nick}`,
    (presence) =>
      presence.getChild("error")?.getChild("forbidden", "urn:ietf:params:xml:ns:xmpp-stanzas") !== undefined,
  );
  await guest.client.stop();
});

test("a recorder that records is busy, and idle again; one that ends goes, and comes back", { skip }, async () => {
  const api = `http://127.0.0.1:${stack.privatePortOf("recorder")}/jibri/api/v1.0`;
  await tell(`${api}/startService`, {
    sessionId: "watched",
    callParams: { callUrlInfo: { baseUrl: stack.local.urls.http, callName: "watched" } },
    callLoginParams: { domain: "hidden.meet.jitsi", username: "recorder", password: "" },
    sinkType: "file",
  });
  await watcher.sees(`${jibris}/recorder`, shows("busy"));
  await tell(`${api}/stopService`);
  await watcher.sees(`${jibris}/recorder`, shows("idle"));
  let isMissed = false;
  watcher.client.on("stanza", (stanza) => {
    isMissed ||= stanza.attrs.from === `${jibris}/recorder` && isGone(stanza);
  });
  await stack.local.kill("recorder", "SIGTERM");
  await eventually("its end is seen", () => (isMissed ? undefined : "it is not"), { timeoutMs: takesMs });
  await watcher.sees(`${jibris}/recorder`, shows("idle"));
});

test("a bridge is seen to drain, and goes when nothing is heard of it", { skip }, async () => {
  await tell(`http://127.0.0.1:${stack.privatePortOf("videobridge")}/colibri/drain/enable`);
  await watcher.sees(`${bridges}/jvb-1`, (presence) => statsOf(presence).drain === "true");
  stack.local.signal("videobridge-2", "SIGSTOP");
  await watcher.sees(`${bridges}/jvb-2`, isGone);
  stack.local.signal("videobridge-2", "SIGCONT");
  await watcher.sees(`${bridges}/jvb-2`, (presence) => statsOf(presence).healthy === "true");
});

test("who watched when the XMPP server was killed comes back, is told that it is out, and enters again", {
  skip,
}, async () => {
  await stack.local.kill("xmpp");
  await watcher.sees(`${jibris}/${nick}`, (presence) => {
    const statuses = presence.getChild("x", "http://jabber.org/protocol/muc#user")?.getChildren("status") ?? [];
    return isGone(presence) && statuses.some(({ attrs }) => attrs.code === "332");
  });
  watcher.last.clear();
  await watcher.enter(jibris);
  await watcher.sees(`${jibris}/recorder`, shows("idle"));
});
