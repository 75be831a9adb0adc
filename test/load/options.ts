import { parseArgs } from "node:util";
import { wholeNumber } from "../bench/arguments.ts";
import { peopleAtMost } from "./crowd.ts";
import type { Transport } from "./signalling.ts";

export type Options = {
  readonly people: number;
  /** 0: all at once. */
  readonly joinsPerSecond: number;
  readonly seconds: number;
  readonly speakers: number;
  readonly cameras: number;
  readonly lastN: number;
  readonly height: number;
  readonly bridges: number;
  readonly transport: Transport;
  readonly rounds: number;
  readonly json: boolean;
};

const secondsAtMost = 600;
const bridgesAtMost = 4;
const roundsAtMost = 20;
const joinsPerSecondAtMost = 100;
const linesAtMost = 2_160;

export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      people: { type: "string", default: "30" },
      "join-at-once": { type: "boolean", default: false },
      "joins-per-second": { type: "string", default: "5" },
      seconds: { type: "string", default: "20" },
      speakers: { type: "string", default: "3" },
      cameras: { type: "string" },
      "last-n": { type: "string", default: "9" },
      height: { type: "string", default: "180" },
      bridges: { type: "string", default: "1" },
      transport: { type: "string", default: "websocket" },
      rounds: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
    },
  });
  const people = wholeNumber("people", values.people, 1, peopleAtMost);
  return {
    people,
    joinsPerSecond: values["join-at-once"]
      ? 0
      : wholeNumber("joins-per-second", values["joins-per-second"], 1, joinsPerSecondAtMost),
    seconds: wholeNumber("seconds", values.seconds, 1, secondsAtMost),
    speakers: wholeNumber("speakers", values.speakers, 0, peopleAtMost),
    cameras: values.cameras === undefined ? people : wholeNumber("cameras", values.cameras, 0, peopleAtMost),
    lastN: wholeNumber("last-n", values["last-n"], -1, peopleAtMost),
    height: wholeNumber("height", values.height, 0, linesAtMost),
    bridges: wholeNumber("bridges", values.bridges, 1, bridgesAtMost),
    transport: transportOf(values.transport),
    rounds: wholeNumber("rounds", values.rounds, 1, roundsAtMost),
    json: values.json,
  };
}

function transportOf(text: string): Transport {
  if (text === "websocket" || text === "bosh") return text;
  throw new Error(`--transport: expected websocket or bosh, found "${text}"`);
}
