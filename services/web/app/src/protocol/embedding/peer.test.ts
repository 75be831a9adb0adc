import assert from "node:assert/strict";
import { test } from "node:test";
import { apiEvents, wireCommands } from "./names.ts";
import { Peer, type PeerEvents, type Port } from "./peer.ts";
import { MAX_LETTER_LENGTH, readLetter, scopeOf, writeMessage, writeReady } from "./wire.ts";

const scope = scopeOf(3);

/** Two windows whose letters arrive at once, and what each said. */
function twoWindows() {
  const hears: Record<"page" | "app", Set<(data: unknown) => void>> = { page: new Set(), app: new Set() };
  const said: string[] = [];
  const port = (own: "page" | "app", other: "page" | "app"): Port => ({
    post: (text) => {
      said.push(text);
      for (const hear of hears[other]) hear(text);
    },
    listen: (hear) => {
      hears[own].add(hear);
      return () => hears[own].delete(hear);
    },
  });
  return { page: port("page", "app"), app: port("app", "page"), said };
}

const deaf: PeerEvents = { event: () => {}, request: () => undefined };

test("what is said before the other side is there arrives once it is, in order", () => {
  const { page, app } = twoWindows();
  const heard: unknown[] = [];
  const early = new Peer(scope, app, deaf);
  early.tell({ name: "ready" });
  early.tell({ name: "log", args: ["x"] });
  const late = new Peer(scope, page, { ...deaf, event: (data) => heard.push(data) });
  // The late one says hello at once and is answered; the early one is answered by its next hello.
  late.tell({ name: "toggle-audio", data: [] });
  return new Promise<void>((resolve) => {
    setTimeout(() => {
      assert.deepEqual(heard, [{ name: "ready" }, { name: "log", args: ["x"] }]);
      early.close();
      late.close();
      resolve();
    }, 60);
  });
});

test("a request is answered by its result, by false, or by why not", async () => {
  const { page, app } = twoWindows();
  const answering = new Peer(scope, app, {
    event: () => {},
    request: ({ name }) => {
      if (name === "is-audio-muted") return false;
      if (name === "later") return Promise.resolve({ rooms: [] });
      throw new Error("UnknownRequestError");
    },
  });
  const asking = new Peer(scope, page, deaf);
  assert.equal(await asking.ask({ name: "is-audio-muted" }), false);
  assert.deepEqual(await asking.ask({ name: "later" }), { rooms: [] });
  await assert.rejects(asking.ask({ name: "what" }), (error) => error === "UnknownRequestError");
  const lost = asking.ask({ name: "later" });
  asking.close();
  answering.close();
  await assert.rejects(lost, /gone/);
});

test("whatever is none of ours is passed over", () => {
  const message = { type: "event", data: { name: "toggle-audio", data: [] } } as const;
  assert.ok(readLetter(writeMessage(scope, message), scope));
  for (const data of [
    writeMessage(scopeOf(4), message),
    JSON.parse(writeMessage(scope, message)),
    "not JSON",
    "null",
    "[1]",
    undefined,
    JSON.stringify({ postis: true, scope, method: "message", params: null }),
    JSON.stringify({ postis: true, scope, method: "message", params: { type: "event", data: [] } }),
    JSON.stringify({ postis: true, scope, method: "message", params: { type: "request", data: {} } }),
    JSON.stringify({ postis: true, scope, method: "__proto__", params: {} }),
    JSON.stringify({ postis: "yes", scope, method: "__ready__", params: "1" }),
    writeMessage(scope, { type: "event", data: { name: "x".repeat(MAX_LETTER_LENGTH) } }),
  ])
    assert.equal(readLetter(data, scope), undefined, String(data).slice(0, 100));
});

test("letters are the strings that Jitsi's own script writes and reads", () => {
  assert.equal(
    writeReady("jitsi_meet_external_api_0", "1-0.5"),
    '{"postis":true,"scope":"jitsi_meet_external_api_0","method":"__ready__","params":"1-0.5"}',
  );
  assert.equal(
    writeMessage("jitsi_meet_external_api_0", { type: "event", data: { name: "toggle-audio", data: [] } }),
    '{"postis":true,"scope":"jitsi_meet_external_api_0","method":"message","params":{"type":"event","data":{"name":"toggle-audio","data":[]}}}',
  );
});

test("embedders of old name the command in place of the method", () => {
  const old = JSON.stringify({ postis: true, scope, method: "display-name", params: "Ann" });
  assert.deepEqual(readLetter(old, scope), {
    type: "message",
    message: { type: "event", data: { name: "display-name", data: ["Ann"] } },
  });
});

test("names follow the rule, and the exceptions are where Jitsi has them", () => {
  assert.equal(wireCommands.get("toggleAudio"), "toggle-audio");
  assert.equal(wireCommands.get("setAssumedBandwidthBps"), "set-assumed-bandwidth-bps");
  assert.equal(wireCommands.get("hangup"), "video-hangup");
  assert.equal(wireCommands.get("toggleE2EE"), "toggle-e2ee");
  assert.equal(wireCommands.get("toggleVirtualBackgroundDialog"), "toggle-virtual-background");
  assert.equal(wireCommands.get("sendCameraFacingMode"), "send-camera-facing-mode-message");
  assert.equal(apiEvents.get("audio-mute-status-changed"), "audioMuteStatusChanged");
  assert.equal(apiEvents.get("video-ready-to-close"), "readyToClose");
  assert.equal(apiEvents.get("p2p-status-changed"), "p2pStatusChanged");
  assert.equal(apiEvents.get("participant-menu-button-clicked"), "participantMenuButtonClick");
  assert.equal(apiEvents.has("local-storage-changed"), false);
});
