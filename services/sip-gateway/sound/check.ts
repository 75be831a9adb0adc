/** What the thread is never told: it would die of it, and all calls with it. */
import { isIP } from "node:net";
import { VecheError } from "@veche/kit/errors.ts";
import { masterBytes, relaySuite } from "@veche/kit/rtp/srtp-keys.ts";
import type { Place } from "./messages.ts";
import type { BridgeMedia, LegMedia } from "./sound.ts";

/** Throws with `invalid-argument`. */
export function checkMedia({ remote, payloadType, telephoneEvent, packetMs, srtp }: LegMedia): void {
  checkPlace(remote);
  checkNumber("payload type", payloadType, 0, 127);
  if (telephoneEvent) {
    checkNumber("payload type", telephoneEvent.payloadType, 0, 127);
    checkNumber("clock rate of keys", telephoneEvent.clockRateHz, 8_000, 48_000);
  }
  checkNumber("tenth of a packet's ms", packetMs / 10, 1, 6);
  for (const { suite, key } of srtp ? [srtp.local, srtp.remote] : []) checkKey(key, masterBytes(suite));
}

/** Throws with `invalid-argument`. */
export function checkBridge({ remote, remoteKey, localKey, ssrc, payloadType, audioLevelId }: BridgeMedia): void {
  checkPlace(remote);
  checkNumber("payload type", payloadType, 0, 127);
  checkNumber("SSRC", ssrc, 1, 0xffffffff);
  checkNumber("id of a header extension", audioLevelId, 0, 14);
  for (const key of [remoteKey, localKey]) checkKey(key, masterBytes(relaySuite));
}

function checkPlace({ ip, port }: Place): void {
  if (isIP(ip) === 0) throw new VecheError("invalid-argument", `expected an IP address, found "${ip}"`);
  checkNumber("port", port, 1, 0xffff);
}

function checkNumber(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new VecheError("invalid-argument", `expected a ${what} from ${least} to ${most}, found ${value}`);
}

function checkKey(key: Uint8Array, bytes: number): void {
  if (key.length !== bytes)
    throw new VecheError("invalid-argument", `expected ${bytes} bytes of key and salt, found ${key.length}`);
}
