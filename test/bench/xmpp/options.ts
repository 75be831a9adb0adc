import { parseArgs } from "node:util";
import { oneOf, wholeNumber } from "../arguments.ts";
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
    rooms: loads.includes("room")
      ? values.rooms.split(",").map((text) => wholeNumber("rooms", text, 2, mostPeople))
      : [],
    rounds: wholeNumber("rounds", values.rounds, 1, 20),
    seconds: wholeNumber("seconds", values.seconds, 1, 60),
    hasConnecting: loads.includes("connect"),
  };
}
