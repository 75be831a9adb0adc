import type { Bus } from "@veche/kit/bus.ts";
import { type Clock, systemClock } from "@veche/kit/clock.ts";
import { Duty } from "@veche/kit/duty.ts";
import { LiveSettingsWatch, locksOf } from "@veche/kit/live-settings.ts";
import { openBus } from "@veche/kit/nats-bus.ts";
import { originOf, ownAddress } from "@veche/kit/own-address.ts";
import { tellOrigin } from "@veche/kit/private-tls/origin.ts";
import { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import type { Context } from "@veche/kit/run.ts";
import { announce } from "@veche/kit/service-facts.ts";
import { Conferences } from "./conference/conferences.ts";
import { Recovery } from "./conference/recovery.ts";
import { type Config, rulesOf } from "./config.ts";
import type { Conference } from "./domain/conference.ts";
import type { Rules } from "./domain/rules.ts";
import { Archive } from "./edge/archive.ts";
import { BridgeDirectory, type DirectoryListener } from "./edge/bridge-directory.ts";
import { hearBridges } from "./edge/bridge-events.ts";
import { BridgePins } from "./edge/bridge-pins.ts";
import { ChatArchive } from "./edge/chat-archive.ts";
import { ConferenceRequests } from "./edge/conference-request.ts";
import { GatewayDirectory } from "./edge/gateway-directory.ts";
import { listenHttp } from "./edge/http.ts";
import { JobJanitor } from "./edge/job-janitor.ts";
import { JobWriter } from "./edge/job-writer.ts";
import { type LeaseListener, Leases } from "./edge/leases.ts";
import { Persons } from "./edge/persons.ts";
import { RecordingDirectory } from "./edge/recording-directory.ts";
import { serveOverview } from "./edge/room-overview.ts";
import { RoundTrip } from "./edge/round-trip.ts";
import { Signalling } from "./edge/signalling-host.ts";
import { FocusEvents } from "./events.ts";
import { createFocusMetrics } from "./metrics.ts";
import { Shift } from "./shift.ts";

export type Edges = { readonly bus: Bus; readonly clock: Clock };

/** How long the last facts may take on their way out. */
const drainMs = 3_000;
/** How long a fact or a job waits for it to be sure that this process is on duty, before that is told as a delay. */
const sureMs = 2_000;

export type Focus = AsyncDisposable & {
  /** Where HTTP is served. */
  readonly port: number;
  /** How many are served now. */
  readonly conferences: number;
  /** Of a room, by the name in its address. */
  state(name: string): Conference | undefined;
};

export async function start(context: Context<Config>, given: Partial<Edges> = {}): Promise<Focus> {
  await using stack = new AsyncDisposableStack();
  const { config, log, instance } = context;
  const unit = config.VECHE_UNIT;
  const clock = given.clock ?? systemClock;
  const bus = given.bus ?? stack.use(await openBus(context));
  const tls = stack.use(await PrivateTls.open(context, clock));
  const origin = tellOrigin(
    {
      setting: "VECHE_FOCUS_ORIGIN",
      given: config.VECHE_FOCUS_ORIGIN,
      host: () => ownAddress(config.JICOFO_ADDRESS),
      port: () => config.JICOFO_PORT,
    },
    tls,
    log,
  );
  const metrics = createFocusMetrics(context.metrics);
  const events = new FocusEvents(log, metrics);
  const roundTrip = new RoundTrip();
  const signalling = new Signalling(log, roundTrip, config);
  const archive = new Archive(bus);
  const settings = stack.use(await LiveSettingsWatch.open(bus, { locked: locksOf(config) }));
  const chat = stack.use(new ChatArchive({ bus, clock, log, settings, source: `/focus/${instance}` }));
  const persons = stack.use(await Persons.open(bus, clock, log));
  let duty: Duty | undefined;
  const listener = listenToLeases(
    () => conferences,
    () => {
      if (duty?.isOn) void recovery.look();
    },
  );
  // While it is opened it takes up its rooms already.
  const leaseDuty = {
    isOn: () => duty?.isOn ?? true,
    confirm: () => duty?.sure(sureMs) ?? Promise.resolve(),
  };
  const leases = stack.use(await Leases.open({ bus, unit, instance, clock, log, listener, duty: leaseDuty }));
  const directory = stack.use(
    new BridgeDirectory({
      bus,
      clock,
      averageStress: config.BRIDGE_AVG_PARTICIPANT_STRESS,
      stressLimit: config.BRIDGE_STRESS_THRESHOLD,
      listener: listenToBridges(
        () => conferences,
        events,
        (bridge) => void recovery.lookAtBridge(bridge),
      ),
    }),
  );
  const pins = new BridgePins(clock);
  let served: Conferences | undefined;
  const recordings = stack.use(
    await RecordingDirectory.open({
      bus,
      clock,
      listener: {
        onPool: () => served?.tellAll({ type: "recorders-changed" }),
        onReport: (session, job, report) => served?.tellSession(session, { type: "recording-reported", job, report }),
      },
    }),
  );
  const gateways = stack.use(
    await GatewayDirectory.open({
      bus,
      clock,
      onChanged: (dialsOut) => served?.tellAll({ type: "gateways-changed", dialsOut }),
    }),
  );
  const jobs = new JobWriter({
    bucket: recordings.jobs,
    clock,
    confirmOwnership: (room) => leases.confirm(room),
    onTrouble: (job, failure) => events.jobDelayed(job, failure),
  });
  stack.defer(() => jobs.abandon());
  const conferences: Conferences = new Conferences({
    bus,
    clock,
    unit,
    instance,
    rules: followSettings(rulesOf(config), settings),
    chat,
    leases,
    persons,
    directory,
    pins,
    recordings,
    gateways,
    jobs,
    events,
    roundTrip,
    onHole: (room) => void recovery.lookAt(room),
  });
  served = conferences;
  // Given back when the last facts are stored: whoever stands by goes on from them.
  stack.defer(() => duty?.giveBack());
  stack.defer(() => conferences.close(drainMs));
  const recovery = new Recovery({
    bus,
    clock,
    log,
    unit,
    conferences,
    archive,
    leases,
    directory,
    roundTrip,
    onServer: (server) => signalling.noteServer(server.hostId),
  });
  const conferenceRequests = new ConferenceRequests({
    conferences,
    settings,
    gateways,
    focusJid: `${config.JICOFO_AUTH_USER}@${config.XMPP_AUTH_DOMAIN}`,
    breakoutDomain: `breakout.${config.XMPP_DOMAIN}`,
  });
  stack.use(
    new JobJanitor({
      unit,
      clock,
      log,
      directory: recordings,
      writer: jobs,
      isRunning: (session) => {
        if (!duty?.isOn || !recovery.hasLooked) return undefined;
        return conferences.rooms().some(({ running }) => running?.session === session);
      },
    }),
  );
  const shift = new Shift({
    bus,
    unit,
    conferences,
    conferenceRequests,
    gateways,
    events,
    recovery,
    persons,
    config,
    instance,
    isSure: () => duty?.isSure ?? false,
  });
  duty = await Duty.open({
    bus,
    unit,
    role: "focus",
    instance,
    hostId: config.VECHE_HOST_ID,
    origin: origin(),
    clock,
    log,
    onTaken: () => shift.begin(),
    onLost: () => shift.end(leases),
  });
  const open = [
    settings.onChange(() => conferences.tellAll({ type: "rules-changed" })),
    bus.onConnection((isConnected) => conferences.connectionChanged(isConnected)),
    ...hearBridges(bus, conferences),
    serveOverview({ bus, context, states: () => conferences.states(), isOnDuty: () => duty?.isOn ?? false }),
  ];
  stack.defer(() => {
    shift.close();
    for (const subscription of open) subscription.close();
  });
  const http = stack.use(
    await listenHttp({
      context,
      bus,
      conferences,
      conferenceRequests,
      directory,
      pins,
      recordings,
      gateways,
      metrics,
      signalling,
      tls,
      settings,
      recovered: () => shift.ready(),
    }),
  );
  if (duty.isOn) await shift.recovered();
  stack.use(
    await announce(bus, context, {
      addresses: () => [originOf(ownAddress(config.JICOFO_ADDRESS), http.port, tls !== undefined)],
    }),
  );
  const owned = stack.move();
  return {
    port: http.port,
    get conferences() {
      return conferences.rooms().length;
    },
    state: (name) => conferences.states().find(({ room }) => room.name === name),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What the operator changes while everything runs, in the rules of the domain. */
function followSettings(rules: Rules, settings: LiveSettingsWatch): () => Rules {
  let followed = rules;
  return () => {
    const { secureDomain, recording: file, liveStreaming: stream } = settings.current;
    const { mayRecord } = followed;
    if (followed.secureDomain !== secureDomain || mayRecord.file !== file || mayRecord.stream !== stream) {
      followed = { ...followed, secureDomain, mayRecord: { file, stream } };
    }
    return followed;
  };
}

function listenToLeases(conferences: () => Conferences, onFreed: () => void): LeaseListener {
  return {
    onLost: (room) => conferences().fence(room),
    onFreed,
    onRetaken: (room, epoch) => conferences().room(room)?.running?.sitting.tell({ type: "lease-renewed", epoch }),
    noteFor: (room) => conferences().noteFor(room),
  };
}

function listenToBridges(
  conferences: () => Conferences,
  events: FocusEvents,
  onAppeared: (bridge: string) => void,
): DirectoryListener {
  return {
    onAppeared,
    onLost: (bridge, instance, reason) => {
      events.bridgeLost(bridge, instance, reason);
      conferences().loseBridge(bridge, instance, reason);
    },
    onReturned: (bridge, instance) => {
      events.bridgeReturned(bridge, instance);
      conferences().tellAll({ type: "bridge-returned", bridge, instance });
    },
    onChanged: () => conferences().tellAll({ type: "bridges-changed" }),
  };
}
