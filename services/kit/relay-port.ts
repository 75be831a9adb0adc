/** UDP ports at which bridges reach what is no bridge: recorders of tracks, telephone calls. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { type Setting, text } from "./config.ts";
import { VecheError } from "./errors.ts";
import { isLoopback } from "./local-address.ts";
import { hostAddresses } from "./own-address.ts";

/** Both included, gone through in turn, so that ports rest; 0 and 0: any. */
export type RelayPorts = { readonly min: number; readonly max: number };

/** "20100-20199"; "" or "0-0": any. */
export function relayPorts(byDefault: string, sentence: string): Setting<RelayPorts> {
  const given = text(byDefault, sentence);
  const { min, max } = readPorts(byDefault) ?? { min: 0, max: 0 };
  return {
    ...given,
    kind: "ports",
    default: { min, max },
    parse: (found) => {
      const value = readPorts(found);
      return value ? { ok: true, value } : { ok: false, expected: "two ports like 20100-20199" };
    },
    format: (ports) => (ports.min === 0 ? "" : `${ports.min}-${ports.max}`),
  };
}

function readPorts(given: string): RelayPorts | undefined {
  if (given === "" || given === "0-0") return { min: 0, max: 0 };
  const [, from, to] = /^(\d{1,5})-(\d{1,5})$/.exec(given) ?? [];
  const [min, max] = [Number(from), Number(to)];
  return min > 0 && min <= max && max <= 65_535 ? { min, max } : undefined;
}

export type RelayPlace = {
  /** What bridges are told. */
  readonly address: string;
  readonly ports: RelayPorts;
  /** What widens the range. */
  readonly setting: string;
  readonly receiveBufferBytes: number;
};

let turn = 0;

/** On the address that bridges are told where it is the host's own: answers then come from where they are looked for. */
export async function bindRelayPort({ address, ports, setting, receiveBufferBytes }: RelayPlace): Promise<Socket> {
  const isOwn = isLoopback(address) || hostAddresses().includes(address);
  const local = isOwn ? address : isIPv6(address) ? "::" : "0.0.0.0";
  const { min, max } = ports;
  const count = Math.max(1, max - min + 1);
  for (let tried = 0; tried < count; tried += 1) {
    turn += 1;
    const socket = await tryBind(local, min === 0 ? 0 : min + (turn % count));
    if (!socket) continue;
    // What can't be sent is lost, as anywhere on the way.
    socket.on("error", () => {});
    try {
      socket.setRecvBufferSize(receiveBufferBytes);
    } catch {
      // The system allows less.
    }
    return socket;
  }
  throw new VecheError(
    "resource-exhausted",
    `no UDP port of ${min}-${max} is free for what bridges send: widen ${setting}`,
  );
}

/** Undefined: the port is taken. */
export async function tryBind(address: string, port: number): Promise<Socket | undefined> {
  // Only addresses are ever sent to: nothing has to be looked up.
  const lookup = (host: string, _options: unknown, found: (error: null, address: string, family: number) => void) =>
    found(null, host, isIPv6(host) ? 6 : 4);
  const socket = createSocket({ type: isIPv6(address) ? "udp6" : "udp4", lookup });
  try {
    // It may be bound at once, as nothing is looked up.
    const bound = once(socket, "listening");
    socket.bind(port, address);
    await bound;
    return socket;
  } catch (error) {
    socket.close();
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
  }
}
