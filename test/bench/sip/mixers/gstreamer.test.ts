import assert from "node:assert/strict";
import { test } from "node:test";
import { mediaOf } from "../crowd.ts";
import { mixerOfOthers, sumLessOwn } from "./gstreamer.ts";

const legs = [5_000, 5_002, 5_004].map((port) => ({
  conference: "room",
  media: mediaOf("PCMA", port),
  bridge: undefined,
}));
const ports = [6_000, 6_002, 6_004];

const linksTo = (name: string, words: readonly string[]): readonly string[] =>
  words.flatMap((word, at) => (word.startsWith(`${name}.`) ? [`${words[at - 2]} ${word}`] : []));

test("each mixer of the others is given all legs but its own", () => {
  const words = mixerOfOthers(legs, ports);
  assert.deepEqual(linksTo("mix0", words), ["leg1.src_0 mix0.sink_1", "leg2.src_0 mix0.sink_2"]);
  assert.deepEqual(linksTo("mix2", words), ["leg0.src_2 mix2.sink_0", "leg1.src_2 mix2.sink_1"]);
});

test("each mixer of the sum less one's own is given the sum and, turned over, its own", () => {
  const words = sumLessOwn(legs, ports);
  assert.deepEqual(linksTo("sum", words), ["leg0.src_0 sum.sink_0", "leg1.src_0 sum.sink_1", "leg2.src_0 sum.sink_2"]);
  assert.match(
    words.join(" "),
    /leg1\.src_1 ! audioamplify amplification=-1 \S+ ! queue ! mix1\.sink_0 all\.src_1 ! mix1\.sink_1/,
  );
});

test("each leg comes at its port and goes to its telephone", () => {
  const places = mixerOfOthers(legs, ports).filter((word) => word.startsWith("port="));
  assert.deepEqual(places, ["port=6000", "port=5000", "port=6002", "port=5002", "port=6004", "port=5004"]);
});
