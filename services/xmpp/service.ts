import type { Bus } from "@veche/kit/bus.ts";
import { type Clock, systemClock } from "@veche/kit/clock.ts";
import type { Duty } from "@veche/kit/duty.ts";
import { openBus } from "@veche/kit/nats-bus.ts";
import { originOf, ownAddress } from "@veche/kit/own-address.ts";
import { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import type { Context } from "@veche/kit/run.ts";
import { announce } from "@veche/kit/service-facts.ts";
import { muc } from "@veche/proto/subjects.ts";
import { endSignedOutStreams } from "./accounts/sign-out.ts";
import { serveGateways } from "./calls/serve.ts";
import type { Config } from "./config.ts";
import { Domains } from "./domains.ts";
import { C2sCertificate } from "./edge/c2s-certificate.ts";
import { serveFocus } from "./features/room-control.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { createMetrics } from "./metrics.ts";
import { Breweries } from "./rooms/breweries.ts";
import { Doorway } from "./stream/doorway.ts";
import { startClockwork } from "./wiring/clockwork.ts";
import { onDuty } from "./wiring/duty-bus.ts";
import { buildFeatures } from "./wiring/features.ts";
import { buildHttp } from "./wiring/http.ts";
import { followSessions, type Parts, quieten, sayTakenUp, takeUp } from "./wiring/life.ts";
import { openPeople } from "./wiring/people.ts";
import { type Base, buildRooms } from "./wiring/rooms.ts";
import { awaitDuty } from "./wiring/standby.ts";
import { buildStreams } from "./wiring/streams.ts";

/** What a test may hand in. */
export type Edges = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Instead of the setting's, of which 0 means none. */
  readonly c2sPort: number;
  /** Another process serves the unit; otherwise this process ends. */
  readonly onReplaced: () => void;
};

export type Running = AsyncDisposable & {
  readonly port: number;
  /** Of ordinary XMPP clients, where they are served. */
  readonly c2sPort: number | undefined;
  /** For tests of kill -9: nothing is written, said or closed in good order. */
  readonly kill: () => Promise<void>;
};

export async function start(context: Context<Config>, given: Partial<Edges> = {}): Promise<Running> {
  await using stack = new AsyncDisposableStack();
  const { config, log } = context;
  const c2sPort = given.c2sPort ?? config.XMPP_C2S_PORT;
  const clock = given.clock ?? systemClock;
  const bus = given.bus ?? stack.use(await openBus(context));
  const onReplaced = given.onReplaced ?? (() => leave(context));
  const tls = stack.use(await PrivateTls.open(context, clock));
  // The lease is not given back: a process that is started again within its time goes on.
  const duty = stack.use(await awaitDuty({ context, bus, clock, tls, onReplaced }));
  const parts = await build(context, { ...given, bus, clock, tls, duty }, stack);
  const { tcp, unit, writeBehind } = parts;

  followSessions(parts);
  const restored = await takeUp(parts);
  const { http, connections } = buildHttp(parts);
  const stopClockwork = startClockwork(parts);
  const open = [
    serveFocus({ ...parts, instance: context.instance, hostId: config.VECHE_HOST_ID }),
    serveGateways(parts),
    endSignedOutStreams({ ...parts, signInMs: parts.limits.signInMs }),
    connections,
  ];
  const quiet = () => {
    for (const each of open) each.close();
    stopClockwork();
    quieten(parts);
  };
  stack.defer(() => writeBehind.close());
  stack.use(http);
  if (tcp) stack.use(tcp);
  stack.defer(quiet);

  parts.bus.publish(muc.serverUp, { unit }, { unit, instance: context.instance, hostId: config.VECHE_HOST_ID });
  sayTakenUp(parts, restored);
  await http.listen(config.XMPP_PORT, config.VECHE_LISTEN_ADDRESS);
  await tcp?.listen(c2sPort, config.VECHE_LISTEN_ADDRESS);
  log.info({ port: http.port, c2sPort: tcp?.port }, "listening");
  const address = ownAddress(config.VECHE_LISTEN_ADDRESS);
  stack.use(await announce(bus, context, { addresses: () => [originOf(address, http.port, tls !== undefined)] }));

  const owned = stack.move();
  return {
    port: http.port,
    c2sPort: tcp?.port,
    kill: async () => {
      duty.stop();
      writeBehind.abandon();
      quiet();
      await http[Symbol.asyncDispose]();
      await tcp?.[Symbol.asyncDispose]();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Everything it has in its memory is old: whoever starts it again lets it stand by. Nothing is said or written any more. */
function leave({ log }: Context<Config>): void {
  log.fatal("another process serves the unit: this one ends, to stand by");
  process.exit(1);
}

type Surroundings = Partial<Edges> & {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly tls: PrivateTls | undefined;
  readonly duty: Duty;
};

/** Constructs everything; what has to be closed last is `stack`'s. */
async function build(context: Context<Config>, given: Surroundings, stack: AsyncDisposableStack): Promise<Parts> {
  const { config, log } = context;
  const { clock, tls, duty } = given;
  const doorway = new Doorway(duty);
  const isC2sOn = given.c2sPort !== undefined || config.XMPP_C2S_PORT > 0;
  const certificate = isC2sOn ? stack.use(await C2sCertificate.open({ ...context, clock })) : undefined;
  const base: Base = {
    context,
    config,
    log,
    clock,
    limits: limitsOf(config, given.limits ?? defaultLimits),
    metrics: createMetrics(context.metrics),
    bus: onDuty(given.bus, duty, doorway, context.instance),
    duty,
    doorway,
    unit: config.VECHE_UNIT,
    domains: new Domains(config),
    tls,
  };
  if (certificate) stack.use(certificate.listen(base.bus));
  const rooms = await buildRooms(base, (session) => streams.bosh.stateOf(session));
  const breweries = stack.use(await Breweries.open({ ...base, ...rooms }));
  const people = await openPeople(base, rooms, stack);
  const features = buildFeatures({ ...base, ...rooms, ...people, breweries });
  const streams = buildStreams({ ...base, ...rooms, ...people, ...features }, certificate);
  return { ...base, ...rooms, ...people, ...features, ...streams };
}

function limitsOf(config: Config, limits: Limits): Limits {
  return {
    ...limits,
    entry: { ...limits.entry, members: config.XMPP_MAX_OCCUPANTS },
    roomsPerAddress: {
      perSecond: config.XMPP_ROOM_CREATION_PER_MINUTE / 60,
      burst: config.XMPP_ROOM_CREATION_PER_MINUTE,
    },
  };
}
