import assert from "node:assert/strict";
import { test } from "node:test";
import { constraintsMessage, readBridgeMessage } from "./messages.ts";

test("messages of the bridge are read", () => {
  const read = (value: unknown) => readBridgeMessage(JSON.stringify(value));
  assert.deepEqual(
    read({
      colibriClass: "DominantSpeakerEndpointChangeEvent",
      dominantSpeakerEndpoint: "a",
      previousSpeakers: ["b", 1],
    }),
    {
      type: "dominant-speaker",
      endpoint: "a",
      previous: ["b"],
    },
  );
  assert.deepEqual(read({ colibriClass: "EndpointConnectivityStatusChangeEvent", endpoint: "a", active: "false" }), {
    type: "connectivity",
    endpoint: "a",
    isActive: false,
  });
  assert.deepEqual(read({ colibriClass: "SenderSourceConstraints", sourceName: "a-v0", maxHeight: 0 }), {
    type: "sender-constraints",
    source: "a-v0",
    maxHeight: 0,
  });
});

test("unknown classes and nonsense are ignored", () => {
  for (const text of [
    "",
    "[]",
    "null",
    '{"colibriClass":"Later"}',
    '{"colibriClass":"EndpointMessage","from":"a","msgPayload":"x"}',
  ]) {
    assert.equal(readBridgeMessage(text), undefined);
  }
});

test("constraints name every part", () => {
  const wanted = {
    lastN: -1,
    onStageSources: ["a-v1"],
    selectedSources: [],
    defaultMaxHeight: 180,
    maxHeights: { "a-v1": 2160 },
  };
  assert.deepEqual(constraintsMessage(wanted), {
    colibriClass: "ReceiverVideoConstraints",
    lastN: -1,
    onStageSources: ["a-v1"],
    selectedSources: [],
    defaultConstraints: { maxHeight: 180 },
    constraints: { "a-v1": { maxHeight: 2160 } },
  });
});
