import assert from "node:assert/strict";
import { test } from "node:test";
import { mediaOf } from "../crowd.ts";
import { conferencePipeline } from "./gstreamer.ts";

test("each mixer of the pipeline is given all legs but its own", () => {
  const legs = [5_000, 5_002, 5_004].map((port) => ({
    conference: "room",
    media: mediaOf("PCMA", port),
    bridge: undefined,
  }));
  const words = conferencePipeline(legs, [6_000, 6_002, 6_004]);
  const links = words.flatMap((word, at) => (word.startsWith("mix") ? [`${words[at - 2]} ${word}`] : []));
  assert.deepEqual(links, [
    "leg0.src_1 mix1.sink_0",
    "leg0.src_2 mix2.sink_0",
    "leg1.src_0 mix0.sink_1",
    "leg1.src_2 mix2.sink_1",
    "leg2.src_0 mix0.sink_2",
    "leg2.src_1 mix1.sink_2",
  ]);
  assert.deepEqual(
    words.filter((word) => word.startsWith("port=")),
    ["port=6000", "port=5000", "port=6002", "port=5002", "port=6004", "port=5004"],
  );
});
