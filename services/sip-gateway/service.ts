import type { Bus } from "@veche/kit/bus.ts";
import { type Clock, systemClock } from "@veche/kit/clock.ts";
import { openBus } from "@veche/kit/nats-bus.ts";
import { findReachedAt, ownAddress } from "@veche/kit/own-address.ts";
import { tellOrigin } from "@veche/kit/private-tls/origin.ts";
import { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import type { Context } from "@veche/kit/run.ts";
import { announce } from "@veche/kit/service-facts.ts";
import { Calls } from "./call/calls.ts";
import { type Config, gatewayIdOf } from "./config.ts";
import { CallFacts } from "./edge/call-facts.ts";
import { ConferenceCodes } from "./edge/conference-codes.ts";
import { GatewayStates, type OwnState } from "./edge/gateway-states.ts";
import { openHttp } from "./edge/http.ts";
import { conferenceSizes } from "./edge/jigasi-api.ts";
import { LostCalls } from "./edge/lost-calls.ts";
import { serveRequests } from "./edge/requests.ts";
import { readRoom } from "./edge/rooms.ts";
import { Tally } from "./edge/tally.ts";
import { TrunkBook } from "./edge/trunk-book.ts";
import { GatewayEvents } from "./events.ts";
import { callRules, limits } from "./limits.ts";
import { createGatewayMetrics } from "./metrics.ts";
import * as settings from "./settings.ts";
import type { Signalling, SignallingListener, Trunk } from "./sip/signalling.ts";
import { openSipServer } from "./sip-server.ts";
import { openSound } from "./sound/open.ts";
import { peoplePrompts } from "./sound/prompts/people.ts";
import type { Sound } from "./sound/sound.ts";

/** What a test may hand in. */
export type Edges = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly openSignalling: (listener: SignallingListener, trunks: readonly Trunk[]) => Promise<Signalling>;
  readonly sound: Sound;
  /** Ends this process: what the REST API may be allowed to. */
  readonly end: () => void;
};

export interface GatewayService extends AsyncDisposable {
  readonly id: string;
  readonly httpPort: number;
  readonly calls: Calls;
}

const tidyMs = 60_000;
const figuresMs = 1_000;

export async function start(context: Context<Config>, given: Partial<Edges> = {}): Promise<GatewayService> {
  const { config, log, instance, health, version, signal } = context;
  const clock = given.clock ?? systemClock;
  const gateway = { id: gatewayIdOf(config), instance, region: config.JIGASI_LOCAL_REGION };
  const trunks = settings.trunksOf(config);
  const dialRules = settings.dialRules(config);
  const dialInNumbers = settings.dialInNumbers(config);
  const maxCalls = settings.callsAtMost(config);
  const domains = { domain: config.XMPP_DOMAIN, mucDomain: config.XMPP_MUC_DOMAIN };
  const roomOf = (address: string, tenant: string) => readRoom(address, tenant, domains);
  await using stack = new AsyncDisposableStack();

  const bus = given.bus ?? stack.use(await openBus(context));
  const tls = stack.use(await PrivateTls.open(context, clock));
  const reachedAt = await findReachedAt(config);
  const origin = tellOrigin(
    {
      setting: "VECHE_GATEWAY_HTTP_ORIGIN",
      given: config.VECHE_GATEWAY_HTTP_ORIGIN,
      host: () => reachedAt(config.VECHE_GATEWAY_HTTP_ADDRESS),
      port: () => http.port,
    },
    tls,
    log,
  );
  const metrics = createGatewayMetrics(context.metrics);
  const events = new GatewayEvents(log, metrics);
  const source = `/sip-gateway/${instance}`;
  const facts = stack.use(await CallFacts.open({ bus, clock, log, gateway, source }));
  const codes = stack.use(
    await ConferenceCodes.open({ bus, clock, length: config.VECHE_SIP_CODE_LENGTH, most: limits.codes }),
  );
  const sound = stack.use(given.sound ?? (await openSound(settings.soundOptions(config), log)));
  const tally = new Tally();
  const trunkBook = new TrunkBook(trunks, {
    registered: (registration) => {
      events.registration(registration);
      facts.trunk(registration);
      states.tell();
    },
  });
  let signalling: Signalling | undefined;
  let whyAway: string | undefined;
  const isReachable = () => signalling?.isReachable ?? false;
  const calls = new Calls({
    bus,
    unit: config.VECHE_UNIT,
    gateway,
    clock,
    log,
    events,
    trunks,
    dialRules,
    roomOf,
    rules: callRules({
      codeLength: config.VECHE_SIP_CODE_LENGTH,
      inviteMs: config.JVB_INVITE_TIMEOUT,
      ringMs: config.VECHE_SIP_RING_TIMEOUT,
      longestMs: config.VECHE_SIP_MAX_CALL_DURATION,
    }),
    telephone: { sound, sdp: settings.sdpRules(config), address: advertised(config), log },
    prompts: { people: peoplePrompts },
    lookUp: (code) => codes.lookUp(code),
    tellFact: (head, told, atMs) => facts.tell(head, told, atMs),
    heard: (isFirst) => tally.heard(isFirst),
    announce: (conference, prompt) => sound.announce(conference, [prompt]),
    tally,
    signalling: () => signalling,
    rooming: settings.roomingRules(config),
    dialLimits: settings.dialLimits(config),
    maxCalls,
    unknownRate: { most: config.VECHE_SIP_UNKNOWN_PER_MINUTE, withinMs: 60_000 },
    language: config.VECHE_SIP_LANGUAGE,
    onChange: () => states.tell(),
  });
  const away = () => ["the SIP process is away", ...(whyAway === undefined ? [] : [whyAway])].join(": ");
  const problem = () => (isReachable() ? undefined : away());
  const state = (): OwnState => {
    const sizes = conferenceSizes(calls.all);
    return {
      gateway: gateway.id,
      instance,
      region: gateway.region,
      version,
      hostId: config.VECHE_HOST_ID,
      healthy: problem() === undefined,
      draining: calls.isDraining,
      calls: calls.all.length,
      maxCalls,
      stress: sound.load,
      httpOrigin: origin(),
      trunks: trunkBook.all.map(({ trunk, state: registration, status: sipStatus }) => ({
        trunk,
        registration,
        sipStatus,
      })),
      dialsOut: calls.canDialOut(),
      conferences: sizes.length,
      largestConference: Math.max(0, ...sizes),
    };
  };
  const finish = () => void calls.drain().then(given.end ?? (() => void process.kill(process.pid, "SIGTERM")));
  const http = stack.use(
    await openHttp({
      context,
      tls,
      jigasi: {
        calls,
        tally,
        gateway,
        stress: () => sound.load,
        registrations: () => trunkBook.all,
        isReachable,
        problem,
        now: () => clock.now(),
        shutDown: config.ENABLE_REST_SHUTDOWN ? finish : undefined,
      },
      dialIn: { codes, numbers: dialInNumbers, hasCodes: config.VECHE_SIP_CODES, roomOf, clock, metrics },
    }),
  );
  const states = stack.use(await GatewayStates.open({ bus, clock, log, state }));
  const lost = stack.use(new LostCalls({ facts, clock, log, gateway, present: () => states.others }));
  stack.use(
    await announce(bus, context, {
      addresses: () => [origin(), `${advertised(config)}:${config.VECHE_SIP_PORT}`],
      directories: { data: config.VECHE_GATEWAY_DATA_DIR },
    }),
  );
  stack.use(serveRequests({ bus, unit: config.VECHE_UNIT, gateway: gateway.id, calls }));

  const listener: SignallingListener = {
    incoming: (call) => void calls.take(call),
    registration: (registration) => trunkBook.note(registration),
    reachable: (isThere, why) => {
      whyAway = why;
      health.set("sip", isThere ? undefined : away());
      states.tell();
    },
  };
  const openSignalling = given.openSignalling ?? ((heard) => openSipServer(context, heard, trunks));
  signalling = stack.use(await openSignalling(listener, trunks));
  for (const registration of signalling.registrations) trunkBook.note(registration);
  stack.defer(() => endCalls(calls, clock, signal.reason !== "SIGINT"));
  states.start();
  lost.start();
  stack.use(every(clock, tidyMs, () => calls.tidy()));
  stack.use(
    every(clock, figuresMs, () => {
      const directions = calls.all.map(({ given: { direction } }) => direction);
      for (const direction of ["in", "out"] as const)
        metrics.calls.set({ direction }, directions.filter((one) => one === direction).length);
      metrics.conferences.set(conferenceSizes(calls.all).length);
      metrics.registered.set(trunkBook.all.filter(({ state }) => state === "registered" || state === "none").length);
      metrics.sound.set(sound.load);
      metrics.facts.set(facts.waiting);
    }),
  );
  if (trunks.length === 0 && !config.VECHE_SIP_ALLOW_UNKNOWN)
    log.warn("no calls will come: there is neither JIGASI_SIP_URI nor VECHE_SIP_TRUNKS_FILE");
  log.info({ gateway: gateway.id, http: http.port, trunks: trunks.length }, "gateway is up");
  const running = stack.move();
  return { id: gateway.id, httpPort: http.port, calls, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Callers hear that it ends; what takes longer than this is ended without a word. */
const farewellMs = 6_000;

async function endCalls(calls: Calls, clock: Clock, hasWord: boolean): Promise<void> {
  const last = clock.after(farewellMs, () => void calls.endAll("gateway", false));
  await calls.endAll("gateway", hasWord);
  last.cancel();
}

function every(clock: Clock, periodMs: number, action: () => void): Disposable {
  const timer = clock.every(periodMs, action);
  return { [Symbol.dispose]: () => timer.cancel() };
}

function advertised(config: Config): string {
  return config.VECHE_SIP_ADVERTISE || ownAddress(config.VECHE_SIP_ADDRESS);
}
