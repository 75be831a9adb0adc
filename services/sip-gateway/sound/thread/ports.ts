import type { Socket } from "node:dgram";
import { VecheError } from "@veche/kit/errors.ts";
import { tryBind } from "@veche/kit/relay-port.ts";
import type { SoundOptions } from "../sound.ts";

export const receiveBufferBytes = 262_144;
/** Where any port will do: an even one whose neighbour is free is found soon. */
const triesForAny = 50;
let turn = 0;

export type Pair = { readonly rtp: Socket; readonly rtcp: Socket };

/** RTP on an even port and RTCP on the next one (RFC 3550 11). The range is gone through in turn, so that ports rest. */
export async function bindPair(address: string, { min, max }: SoundOptions["ports"]): Promise<Pair> {
  const first = min + (min % 2);
  const pairs = min === 0 ? triesForAny : Math.max(0, Math.floor((max - first + 1) / 2));
  for (let tried = 0; tried < pairs; tried += 1) {
    turn += 1;
    const pair = await tryPair(address, min === 0 ? 0 : first + (turn % pairs) * 2);
    if (pair) return pair;
  }
  throw new VecheError("resource-exhausted", `expected two free UDP ports from ${min} to ${max}, found none`);
}

async function tryPair(address: string, port: number): Promise<Pair | undefined> {
  const rtp = await tryOne(address, port);
  const bound = rtp?.address().port ?? 0;
  const rtcp = rtp && bound % 2 === 0 ? await tryOne(address, bound + 1) : undefined;
  if (rtp && rtcp) return { rtp, rtcp };
  rtp?.close();
  return undefined;
}

/** Undefined: the port is taken. */
async function tryOne(address: string, port: number): Promise<Socket | undefined> {
  const socket = await tryBind(address, port);
  // What can't be sent is lost, as anywhere on the way.
  socket?.on("error", () => {});
  try {
    socket?.setRecvBufferSize(receiveBufferBytes);
  } catch {
    // The system allows less.
  }
  return socket;
}
