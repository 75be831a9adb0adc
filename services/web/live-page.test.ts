import assert from "node:assert/strict";
import { test } from "node:test";
import { changeLiveSettings, type LiveChange } from "@veche/kit/live-settings.ts";
import { MemoryBus } from "@veche/kit/memory-bus.ts";
import { ask } from "./testing/client.ts";
import { startWeb, type WebUnderTest } from "./testing/web-under-test.ts";

async function configOf(web: WebUnderTest): Promise<Record<string, never>> {
  const { body } = await ask(web.http, "/config.js");
  const object = /^var config = (\{[\s\S]*?\n\});/.exec(body)?.[1] ?? assert.fail("no config.js");
  return JSON.parse(object) as Record<string, never>;
}

async function change(web: WebUnderTest, settings: LiveChange): Promise<void> {
  await using bus = new MemoryBus(web.network, { role: "xmpp" });
  await changeLiveSettings(bus, settings, { name: "operator", nowMs: 1 });
  await web.network.idle();
}

test("a page that is loaded after a change of settings is told of it", async () => {
  await using web = await startWeb();
  await web.network.idle();
  const before = await configOf(web);
  assert.deepEqual([before.startAudioMuted, before.startWithAudioMuted, before.disablePolls], [10, false, false]);
  assert.ok(!("noticeMessage" in before));
  await change(web, {
    startAudioMuted: 3,
    startVideoMuted: 4,
    startWithAudioMuted: true,
    startWithVideoMuted: true,
    prejoinPage: false,
    requireName: true,
    recording: false,
    liveStreaming: false,
    polls: false,
    privateChat: false,
    reactions: false,
    notice: "Updated at five",
  });
  const after: Record<string, unknown> = await configOf(web);
  assert.deepEqual(
    [after.startAudioMuted, after.startVideoMuted, after.startWithAudioMuted, after.startWithVideoMuted],
    [3, 4, true, true],
  );
  assert.deepEqual(after.prejoinConfig, { enabled: false, hideDisplayName: false });
  assert.deepEqual([after.requireDisplayName, after.disablePolls, after.disableReactions], [true, true, true]);
  assert.equal((after.remoteVideoMenu as { disablePrivateChat: boolean }).disablePrivateChat, true);
  assert.equal((after.recordingService as { enabled: boolean }).enabled, false);
  assert.equal((after.liveStreaming as { enabled: boolean }).enabled, false);
  assert.equal(after.noticeMessage, "Updated at five");
});

test("what the environment fixes is told whatever is stored, and the rest goes on being live", async () => {
  await using web = await startWeb({ env: { START_AUDIO_MUTED: "7", DISABLE_POLLS: "1" } });
  await web.network.idle();
  await change(web, { startAudioMuted: 3, startVideoMuted: 3, polls: true });
  const config = await configOf(web);
  assert.deepEqual([config.startAudioMuted, config.startVideoMuted, config.disablePolls], [7, 3, true]);
});
