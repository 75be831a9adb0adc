import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import type { Context } from "@veche/kit/run.ts";
import { StateRecordSchema } from "@veche/proto/gen/veche/xmpp/v1/state_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import type { Config } from "../config.ts";
import type { Domains } from "../domains.ts";
import { RoleEvents } from "../events.ts";
import type { Limits } from "../limits.ts";
import type { XmppMetrics } from "../metrics.ts";
import { RoomEvents } from "../rooms/room-events.ts";
import { AllRoomHooks } from "../rooms/room-hooks.ts";
import { Rooms } from "../rooms/rooms.ts";
import { Keeper } from "../state/keeper.ts";
import { WriteBehind } from "../state/write-behind.ts";
import type { BoshRestored } from "../stream/bosh-stream.ts";
import type { Doorway, DutyState } from "../stream/doorway.ts";
import type { Session } from "../stream/session.ts";
import { Sessions } from "../stream/sessions.ts";

/** What everything is made of. */
export type Base = {
  readonly context: Context<Config>;
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly metrics: XmppMetrics;
  /** Says and answers only while this process is on duty. */
  readonly bus: Bus;
  readonly duty: DutyState;
  readonly doorway: Doorway;
  readonly unit: string;
  readonly domains: Domains;
  /** Undefined: web is in one network with us. */
  readonly tls: PrivateTls | undefined;
};

export type RoomParts = Awaited<ReturnType<typeof buildRooms>>;

/** Sessions and rooms, what keeps them, and what tells of them. */
export async function buildRooms(base: Base, boshStateOf: (session: Session) => BoshRestored | undefined) {
  const { bus, clock, config, domains, limits, log, metrics, unit } = base;
  const bucket = await bus.bucket(buckets.xmppState, StateRecordSchema);
  const writeBehind = new WriteBehind(bucket, clock, log, base.duty);
  const keeper = new Keeper(writeBehind, { historySlots: limits.history.messages, unit }, boshStateOf);
  const sessions = new Sessions(clock, { ...limits, resumeMs: config.XMPP_RESUME_TIMEOUT });
  const roleEvents = new RoleEvents(log, metrics);
  const hooks = new AllRoomHooks((hook, err) => log.error({ hook, err }, "a feature failed in a room"));
  const events = new RoomEvents(bus, unit, domains, roleEvents, hooks);
  const rooms = new Rooms({ domains, clock, limits, events, keeper, hooks });
  return { bucket, writeBehind, keeper, sessions, roleEvents, hooks, events, rooms };
}
