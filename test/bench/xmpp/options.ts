import { parseArgs } from "node:util";
import type { Transport } from "./clients/client.ts";
import { type ServerName, serverNames } from "./servers/server.ts";

export type Options = {
  readonly servers: readonly ServerName[];
  readonly transports: readonly Transport[];
  /** People in a room. */
  readonly rooms: readonly number[];
  readonly rounds: number;
  readonly seconds: number;
  readonly hasConnecting: boolean;
};

const transports: readonly Transport[] = ["websocket", "bosh"];
const mostPeople = 1_000;

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      servers: { type: "string", default: serverNames.join() },
      transports: { type: "string", default: transports.join() },
      rooms: { type: "string", default: "50,100,200" },
      rounds: { type: "string", default: "1" },
      seconds: { type: "string", default: "5" },
      loads: { type: "string", default: "connect,room" },
    },
  });
  const loads = oneOf("loads", values.loads, ["connect", "room"] as const);
  return {
    servers: oneOf("servers", values.servers, serverNames),
    transports: oneOf("transports", values.transports, transports),
    rooms: loads.includes("room") ? values.rooms.split(",").map((text) => atMost("rooms", text, 2, mostPeople)) : [],
    rounds: atMost("rounds", values.rounds, 1, 20),
    seconds: atMost("seconds", values.seconds, 1, 60),
    hasConnecting: loads.includes("connect"),
  };
}

function oneOf<T extends string>(name: string, text: string, known: readonly T[]): T[] {
  return text.split(",").map((part) => {
    const found = known.find((one) => one === part);
    if (!found) throw new Error(`--${name}: expected some of ${known.join()}, found "${part}"`);
    return found;
  });
}

function atMost(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`--${name}: expected whole numbers from ${least} to ${most}, found "${text}"`);
}
