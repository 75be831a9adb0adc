/** The one video codec of a conference, from the request that opens it to the snapshot. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { VecheError } from "@veche/kit/errors.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import { here, startBridge, type TestBridge } from "../testing/bridge.ts";

const create = (bridge: TestBridge, endpoint: string, videoCodec: string) =>
  bridge.focus.request(subjects.createEndpoint, here, {
    ...bridge.address(endpoint),
    room: "room",
    jingleSession: `s-${endpoint}`,
    videoCodec,
  });

test("a conference keeps the codec it was opened with, and says which", async () => {
  await using bridge = await startBridge();
  const offered = async (endpoint: string, codec: string) =>
    (await create(bridge, endpoint, codec)).descriptions[1]?.payloadTypes[0]?.name;
  assert.equal(await offered("aaaa1111", "AV1"), "AV1");
  assert.equal(await offered("bbbb2222", "VP9"), "AV1");
  assert.equal((await bridge.snapshot())?.videoCodec, "AV1");
});

test("a codec that nobody has is refused, and no conference is opened for it", async () => {
  await using bridge = await startBridge();
  await assert.rejects(
    create(bridge, "aaaa1111", "MPEG2"),
    (error) =>
      error instanceof VecheError && error.code === "invalid-argument" && /video_codec: .*MPEG2/.test(error.message),
  );
  assert.equal(await bridge.snapshot(), undefined);
});
