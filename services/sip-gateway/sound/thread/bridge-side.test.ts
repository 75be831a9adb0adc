import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { tryBind } from "@veche/kit/relay-port.ts";
import { writeHeader } from "@veche/kit/rtp/packet.ts";
import { receiverReport } from "@veche/kit/rtp/rtcp.ts";
import { SrtpWriter } from "@veche/kit/rtp/srtp.ts";
import { masterBytes, relaySuite } from "@veche/kit/rtp/srtp-keys.ts";
import { OpusCodecs } from "../codecs/opus.ts";
import { BridgeSide } from "./bridge-side.ts";

const timeoutMs = 30_000;
const ownSsrc = 900;

/** The way of a call to its bridge, by a clock of the test's; what the bridge sends is put in by hand. */
async function open() {
  let now = 1_000;
  const told: boolean[] = [];
  const socket = await tryBind("127.0.0.1", 0);
  assert.ok(socket);
  const side = new BridgeSide({
    socket,
    opus: new OpusCodecs(),
    mediaTimeoutMs: timeoutMs,
    guard: (action) => action(),
    now: () => now,
    silent: (isSilent) => told.push(isSilent),
    wants: () => true,
    take: () => {},
    hearSenderReport: () => {},
    reports: () => [],
  });
  const [remoteKey, localKey] = [randomBytes(masterBytes(relaySuite)), randomBytes(masterBytes(relaySuite))];
  const remote = { ip: "127.0.0.1", port: side.local.port };
  side.setMedia({ remote, remoteKey, localKey, ssrc: ownSsrc, payloadType: 111, audioLevelId: 6 });
  const writer = new SrtpWriter(relaySuite, remoteKey);
  let sequence = 0;
  return {
    told,
    /** So long, second by second, with what comes in each. */
    pass: (seconds: number, isMuted: boolean, comes: () => void = () => {}) => {
      for (let second = 0; second < seconds; second += 1) {
        now += 1_000;
        comes();
        side.say(undefined, 8_000, isMuted, 0, now);
      }
    },
    report: (ssrc = ownSsrc) => {
      const about = { ssrc, fractionLost: 0, lost: 0, highest: 5, lastReport: 0, delay: 0 };
      socket.emit("message", writer.writeRtcp(receiverReport([about], 4)));
    },
    speak: () => {
      sequence += 1;
      const header = { payloadType: 111, marker: false, sequence, timestamp: sequence * 960, ssrc: 5 };
      socket.emit("message", writer.writeRtp(writeHeader(header), Buffer.from([1, 2, 3])));
    },
    [Symbol.dispose]: () => side.close(),
  };
}

test("a bridge that reports on the call's voice is not silent, though nobody speaks", async () => {
  using scene = await open();
  for (const isMuted of [false, true, false]) scene.pass(120, isMuted, scene.report);
  assert.deepEqual(scene.told, []);
});

test("a call that was muted from the beginning can't tell a silent bridge from a silent room", async () => {
  using scene = await open();
  scene.pass(120, true);
  scene.pass(5, true, scene.speak);
  scene.pass(120, true);
  scene.pass(1, true, () => scene.report(ownSsrc + 1));
  scene.pass(120, true);
  assert.deepEqual(scene.told, []);
});

test("a bridge from which neither voices nor reports come is silent, until something comes again", async () => {
  using scene = await open();
  scene.pass(29, false);
  assert.deepEqual(scene.told, []);
  scene.pass(2, false);
  assert.deepEqual(scene.told, [true]);
  scene.pass(120, true);
  scene.pass(1, false, scene.speak);
  assert.deepEqual(scene.told, [true, false]);
  scene.pass(1, true, scene.report);
  scene.pass(31, true);
  assert.deepEqual(scene.told, [true, false, true], "a muted call that was reported on goes on being reported on");
});
