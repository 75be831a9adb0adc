import { parseArgs } from "node:util";
import { oneOf, wholeNumber } from "../arguments.ts";
import { type ForwarderName, forwarderNames } from "./forwarders/forwarder.ts";

export type Options = {
  readonly servers: readonly ForwarderName[];
  readonly receivers: number;
  readonly packetsPerSecond: number;
  readonly rounds: number;
  readonly seconds: number;
};

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      servers: { type: "string", default: forwarderNames.join() },
      receivers: { type: "string", default: "100" },
      packets: { type: "string", default: "300" },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "8" },
    },
  });
  return {
    servers: oneOf("servers", values.servers, forwarderNames),
    receivers: wholeNumber("receivers", values.receivers, 1, 400),
    packetsPerSecond: wholeNumber("packets", values.packets, 10, 1_000),
    rounds: wholeNumber("rounds", values.rounds, 1, 20),
    seconds: wholeNumber("seconds", values.seconds, 1, 60),
  };
}
