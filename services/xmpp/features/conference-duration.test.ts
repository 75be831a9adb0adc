import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import type { OccupantLeft, RoomDestroyed } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { ns } from "../codec/namespaces.ts";
import { childOf } from "../codec/xml/element.ts";
import { Harness } from "../testing/harness.ts";
import { formIn, get, leave, meeting, presenceFrom, room } from "../testing/talk.ts";

const startMs = 1_700_000_000_000;
const env = { XMPP_MAX_CONFERENCE_DURATION: "1h" };

test("a meeting that has lasted as long as it may ends for all, and everybody is told why", async () => {
  const clock = new ManualClock(startMs);
  await using met = await meeting({ clock, env });
  const { guest, focus } = met;
  await clock.advance(3_590_000);
  await guest.settled();
  assert.equal(focus.of("roomDestroyed").length, 0);
  await clock.advance(11_000);
  const gone = await guest.next(presenceFrom(`${room}/${guest.nick}`, "unavailable"));
  const x = childOf(gone, "x", ns.mucUser);
  const destroy = x && childOf(x, "destroy");
  assert.match((destroy && childOf(destroy, "reason")?.getText()) ?? "", /as long as meetings may last/);
  await focus.hears(() => focus.of("roomDestroyed").length === 1);
  assert.equal(focus.of<RoomDestroyed>("roomDestroyed")[0]?.reason, "limit");
  assert.deepEqual(
    focus.of<OccupantLeft>("occupantLeft").map(({ reason }) => reason),
    ["ended", "ended"],
  );
});

test("time runs from when the second person came, as the clients' clocks do, and through a kill -9", async () => {
  const clock = new ManualClock(startMs);
  await using harness = await Harness.start({ clock, env: { ...env, XMPP_RESUME_TIMEOUT: "10m" } });
  const alone = await harness.client();
  await alone.enableResume();
  await alone.enter(room);
  await clock.advance(7_200_000);
  const second = await harness.client();
  await second.enter(room);
  const info = formIn(await get(second, `<query xmlns="${ns.discoInfo}"/>`));
  assert.equal(info["muc#roominfo_created_timestamp"], String(startMs + 7_200_000));
  await clock.advance(3_000_000);
  await harness.network.idle();
  await harness.killAndRestart();
  await clock.advance(595_000);
  assert.equal(harness.focus?.of("roomDestroyed").length, 0);
  await clock.advance(6_000);
  await harness.focus?.hears(() => harness.focus?.of("roomDestroyed").length === 1);
});

test("without the setting meetings have no end", async () => {
  const clock = new ManualClock(startMs);
  await using met = await meeting({ clock });
  await clock.advance(3_600_000);
  await leave(met.guest, room);
  assert.equal(met.focus.of("roomDestroyed").length, 0);
});
