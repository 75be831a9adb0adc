import { parseArgs } from "node:util";
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
  const people = whole("people", values.people, 1, peopleAtMost);
  return {
    people,
    joinsPerSecond: values["join-at-once"]
      ? 0
      : whole("joins-per-second", values["joins-per-second"], 1, joinsPerSecondAtMost),
    seconds: whole("seconds", values.seconds, 1, secondsAtMost),
    speakers: whole("speakers", values.speakers, 0, peopleAtMost),
    cameras: values.cameras === undefined ? people : whole("cameras", values.cameras, 0, peopleAtMost),
    lastN: whole("last-n", values["last-n"], -1, peopleAtMost),
    height: whole("height", values.height, 0, linesAtMost),
    bridges: whole("bridges", values.bridges, 1, bridgesAtMost),
    transport: transportOf(values.transport),
    rounds: whole("rounds", values.rounds, 1, roundsAtMost),
    json: values.json,
  };
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text !== "" && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`--${name}: expected a whole number from ${least} to ${most}, found "${text}"`);
}

function transportOf(text: string): Transport {
  if (text === "websocket" || text === "bosh") return text;
  throw new Error(`--transport: expected websocket or bosh, found "${text}"`);
}
