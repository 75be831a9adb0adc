import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { VecheError } from "@veche/kit/errors.ts";
import type { SoundOptions } from "../sound.ts";

const receiveBufferBytes = 262_144;
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
  const rtp = await tryBind(address, port);
  const bound = rtp?.address().port ?? 0;
  const rtcp = rtp && bound % 2 === 0 ? await tryBind(address, bound + 1) : undefined;
  if (rtp && rtcp) return { rtp, rtcp };
  rtp?.close();
  return undefined;
}

/** On that address where it is this host's own, else (a container's host has it) on all: answers then come from where they are looked for. */
export async function bindOne(address: string, { min, max }: SoundOptions["bridgePorts"]): Promise<Socket> {
  const isOwn = Object.values(networkInterfaces()).some((list) => list?.some((one) => one.address === address));
  const local = isOwn ? address : isIPv6(address) ? "::" : "0.0.0.0";
  const count = min === 0 ? 1 : Math.max(0, max - min + 1);
  for (let tried = 0; tried < count; tried += 1) {
    turn += 1;
    const socket = await tryBind(local, min === 0 ? 0 : min + (turn % count));
    if (socket) return socket;
  }
  throw new VecheError("resource-exhausted", `expected a free UDP port from ${min} to ${max} for bridges, found none`);
}

/** Undefined: the port is taken. */
async function tryBind(address: string, port: number): Promise<Socket | undefined> {
  const type = isIPv6(address) ? "udp6" : "udp4";
  // Only addresses are ever sent to: nothing has to be looked up.
  const lookup = (host: string, _options: unknown, found: (error: null, address: string, family: number) => void) =>
    found(null, host, isIPv6(host) ? 6 : 4);
  const socket = createSocket({ type, lookup });
  try {
    // It may be bound at once, as nothing is looked up.
    const bound = once(socket, "listening");
    socket.bind(port, address);
    await bound;
  } catch (error) {
    socket.close();
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
  }
  // What can't be sent is lost, as anywhere on the way.
  socket.on("error", () => {});
  try {
    socket.setRecvBufferSize(receiveBufferBytes);
  } catch {
    // The system allows less.
  }
  return socket;
}
