import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { iceLiteScript } from "./ice-lite-script.ts";

type Description = { readonly type: string; readonly sdp?: string };

/** What the browser is given, when the page gives it this. */
function applied(...given: readonly [Description?, ...unknown[]]): readonly unknown[] {
  class RTCPeerConnection {
    setRemoteDescription(...description: readonly unknown[]) {
      return description;
    }
  }
  // A page that loads config.js twice is no worse off.
  runInNewContext(iceLiteScript + iceLiteScript, { RTCPeerConnection });
  const connection = new RTCPeerConnection();
  // Objects made by the script are of its own world; JSON makes them ours.
  return JSON.parse(JSON.stringify(connection.setRemoteDescription(...given)));
}

const lines = (...text: string[]): string => `${text.join("\r\n")}\r\n`;
const bridge = ["a=ssrc:1 msid:mixedmslabel mixedlabelaudio0"];
const offer = (...session: string[]): string =>
  lines("v=0", ...session, "m=audio 9 UDP/TLS/RTP/SAVPF 111", ...bridge, "m=video 9 UDP/TLS/RTP/SAVPF 100");

test("the bridge's offer says ice-lite, once, before the first medium", () => {
  assert.deepEqual(applied({ type: "offer", sdp: offer("t=0 0") }), [
    { type: "offer", sdp: offer("t=0 0", "a=ice-lite") },
  ]);
});

test("an offer that says it already stays as it is, as our own app's", () => {
  const given = { type: "offer", sdp: offer("a=ice-lite", "t=0 0") };
  assert.deepEqual(applied(given), [given]);
});

test("another client's offer, an answer and a roll-back stay as they are", () => {
  const others: Description[] = [
    { type: "offer", sdp: lines("v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=ssrc:1 msid:camera track") },
    { type: "answer", sdp: offer("t=0 0") },
    { type: "rollback" },
  ];
  for (const given of others) assert.deepEqual(applied(given), [given]);
});

test("what else is given to the browser is passed on", () => {
  assert.deepEqual(applied({ type: "offer", sdp: offer("t=0 0") }, "callback").slice(1), ["callback"]);
  assert.deepEqual(applied(), [null]);
});

test("where there is no such thing as a connection the script does nothing", () => {
  assert.equal(runInNewContext(iceLiteScript, {}), undefined);
});
