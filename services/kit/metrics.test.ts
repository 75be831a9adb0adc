import assert from "node:assert/strict";
import { test } from "node:test";
import { Metrics } from "./metrics.ts";

test("what is counted has Jitsi's name too, whole or of some labels", async () => {
  const metrics = new Metrics("videobridge");
  const bits = metrics.gauge("bits_per_second", "Bits.", ["direction"]);
  const made = metrics.counter("endpoints_created_total", "Endpoints.");
  metrics.alsoAs("jitsi_jvb_incoming_bitrate", bits, { direction: "in" });
  metrics.alsoAs("jitsi_jvb_endpoints_total", made);
  bits.set({ direction: "in" }, 5);
  bits.set({ direction: "out" }, 7);
  made.inc(3);
  for (let reading = 0; reading < 2; reading++) {
    const text = await metrics.text();
    assert.match(text, /^jitsi_jvb_incoming_bitrate 5$/m);
    assert.match(text, /^# TYPE jitsi_jvb_endpoints_total counter\njitsi_jvb_endpoints_total 3$/m);
  }
  assert.match(await metrics.openMetricsText(), /^jitsi_jvb_endpoints_total 3$/m);
});

test("what is counted when it is read is asked for at each reading", async () => {
  const metrics = new Metrics("focus");
  const rooms = metrics.gauge("rooms", "Rooms.");
  let count = 0;
  metrics.onReading(() => rooms.set(++count));
  assert.match(await metrics.text(), /^veche_focus_rooms 1$/m);
  assert.match(await metrics.openMetricsText(), /^veche_focus_rooms 2$/m);
});
