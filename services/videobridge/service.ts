import type { Bus } from "@veche/kit/bus.ts";
import { type Clock, systemClock } from "@veche/kit/clock.ts";
import { openBus } from "@veche/kit/nats-bus.ts";
import { findReachedAt } from "@veche/kit/own-address.ts";
import { tellOrigin } from "@veche/kit/private-tls/origin.ts";
import { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import type { Context } from "@veche/kit/run.ts";
import { announce } from "@veche/kit/service-facts.ts";
import { type Reach, reachByStun } from "@veche/kit/stun/reach.ts";
import { BridgeHeartbeatSchema } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { Bridge } from "./conference/bridge.ts";
import { Measurements } from "./conference/measurements.ts";
import { BridgeRules } from "./conference/rules.ts";
import { bridgeIdOf, type Config } from "./config.ts";
import { AddressWatch, readWatchRules } from "./edge/address-watch.ts";
import {
  type AdvertisedAddress,
  isPrivateAddress,
  listenAddresses,
  nothingFound,
  readAddressRules,
  readAdvertised,
} from "./edge/addresses.ts";
import { openChannelServer } from "./edge/channel-server.ts";
import { drain } from "./edge/drain.ts";
import { Heartbeats } from "./edge/heartbeats.ts";
import { openHttp } from "./edge/http.ts";
import { MediaChecks } from "./edge/media-checks.ts";
import type { MediaEngine } from "./edge/media-engine.ts";
import { MediasoupEngine } from "./edge/mediasoup-engine.ts";
import { type RelayRules, readRelayRules } from "./edge/mediasoup-relay.ts";
import { defaultGateways } from "./edge/publishers.ts";
import { openRelayLink, serveRelays } from "./edge/relay-bus.ts";
import { serveRequests } from "./edge/requests.ts";
import { testWorker } from "./edge/self-test.ts";
import { reportStats } from "./edge/stats.ts";
import { askMappedAddress } from "./edge/stun-mapping.ts";
import { Warnings } from "./edge/warnings.ts";
import { BridgeEvents } from "./events.ts";
import { createBridgeMetrics } from "./metrics.ts";

/** What a test may hand in. */
export type Edges = {
  readonly bus: Bus;
  readonly engine: MediaEngine;
  readonly clock: Clock;
  /** Without it an engine that was handed in is not asked whether its addresses lead to it. */
  readonly reach: Reach;
};

export interface Videobridge extends AsyncDisposable {
  readonly id: string;
  readonly channelPort: number;
  readonly httpPort: number;
  /** As the next heartbeat will say it. */
  state(): ReturnType<Heartbeats["state"]>;
  /** Ends when every address that clients are told of has been tried. */
  checkAddresses(): Promise<void>;
}

export async function start(context: Context<Config>, given: Partial<Edges> = {}): Promise<Videobridge> {
  const { config, log, version } = context;
  const clock = given.clock ?? systemClock;
  const id = bridgeIdOf(config);
  let watch: AddressWatch | undefined;
  const addresses = readAddressRules(config, () => watch?.found ?? nothingFound);
  const watchRules = readWatchRules(config);
  const reachedAt = await findReachedAt(config);
  const relayRules = readRelayRules(config, reachedAt);
  await using stack = new AsyncDisposableStack();

  const tls = stack.use(await PrivateTls.open(context, clock));
  const engine = stack.use(given.engine ?? (await openEngine(context, addresses, relayRules)));
  const bus = stack.use(given.bus ?? (await openBus(context)));
  const warnings = new Warnings({ bus, role: context.role, instance: context.instance, log });
  const reach = given.reach ?? (given.engine ? undefined : reachByStun);
  if (reach) watch = new AddressWatch(watchRules, { ...watchEdges(config), reach, warnings, clock, log });
  stack.defer(() => watch?.close());
  const metrics = createBridgeMetrics(context.metrics);
  const events = new BridgeEvents(bus, id, log, metrics, warnings);
  const relays = openRelayLink(bus, id, context.instance);
  const around = { region: config.JVB_REGION, version, bridge: id, relays };
  const rules = new BridgeRules({
    lastN: config.VECHE_LAST_N,
    isReducingLoad: config.VECHE_LOAD_REDUCER,
    assumedBandwidthLimitBps: config.VECHE_ASSUMED_BANDWIDTH_LIMIT,
  });
  const bridge = new Bridge(engine, { ...around, clock, log, events, rules });

  const measurements = new Measurements({ bridge, engine, events, metrics, clock, log, rules, nodeCpuMs });
  stack.defer(() => measurements.close());
  const channelRules = { bridge: id, host: config.VECHE_LISTEN_ADDRESS, port: config.COLIBRI_WEBSOCKET_PORT };
  const channels = stack.use(await openChannelServer(channelRules, bridge, events, { clock, log, tls }));
  const identity = {
    bridge: id,
    instance: context.instance,
    region: config.JVB_REGION,
    version,
    hostId: config.VECHE_HOST_ID,
    relayAddress: relayRules.address,
    channelOrigin: tellOrigin(
      {
        setting: "COLIBRI_WEBSOCKET_ORIGIN",
        given: config.COLIBRI_WEBSOCKET_ORIGIN,
        host: () => reachedAt(config.VECHE_LISTEN_ADDRESS),
        port: () => channels.port,
      },
      tls,
      log,
    ),
  };
  const bucket = () => bus.bucket(buckets.bridges, BridgeHeartbeatSchema);
  const heartbeats = new Heartbeats({ bus, identity, bridge, engine, measurements, warnings, clock, log, bucket });
  const report = () =>
    reportStats({
      bridge,
      engine,
      events,
      measurements,
      relayId: id,
      region: config.JVB_REGION,
      version,
      now: clock.now(),
    });
  const http = stack.use(await openHttp({ context, bridge, engine, heartbeats, warnings, report }));
  const requests = [...serveRequests(bus, id, bridge, heartbeats), ...serveRelays(bus, bridge, relays)];
  stack.defer(() => {
    for (const request of requests) request.close();
  });
  const checks = stack.use(new MediaChecks(engine, clock));
  const checking = checks.serve(bus, context.instance);
  stack.defer(() => checking.close());
  const reached = () => [...engine.addresses(), identity.channelOrigin()];
  stack.use(await announce(bus, context, { addresses: reached }));

  await watch?.start(engine);
  measurements.start();
  heartbeats.start();
  stack.defer(() => bridge.expireAll("the bridge ends"));
  stack.defer(() => drain({ bridge, heartbeats, clock, timeoutMs: drainTimeoutMs(context), log }));
  log.info(
    { bridge: id, addresses: engine.addresses(), channel: identity.channelOrigin(), http: http.port },
    "bridge is up",
  );
  if (given.engine === undefined && addresses().every(({ ip }) => isPrivateAddress(ip)))
    log.info("clients are told of private addresses alone; for those outside this network set JVB_ADVERTISE_IPS");
  const running = stack.move();
  return {
    id,
    channelPort: channels.port,
    httpPort: http.port,
    state: () => heartbeats.state(),
    checkAddresses: () => watch?.check() ?? Promise.resolve(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function openEngine(
  { config, log, signal }: Context<Config>,
  addresses: () => readonly AdvertisedAddress[],
  relay: RelayRules,
) {
  const rules = {
    workerBin: config.MEDIASOUP_WORKER_BIN,
    workers: config.VECHE_WORKERS,
    listen: listenAddresses(config.VECHE_LISTEN_ADDRESS),
    udpPort: config.JVB_PORT,
    tcpPort: config.JVB_TCP_PORT,
    addresses,
    relay,
  };
  const engine = await MediasoupEngine.open(rules, log, signal);
  void testWorker(engine, config.VECHE_LISTEN_ADDRESS, log);
  return engine;
}

function watchEdges(config: Config) {
  const advertised = config.JVB_ADVERTISE_IPS.flatMap((text) => readAdvertised(text)?.ip ?? []);
  return { askMapped: askMappedAddress, publishers: () => [...new Set([...advertised, ...defaultGateways()])] };
}

/** SIGINT ends at once. */
function drainTimeoutMs({ config, signal }: Context<Config>): number {
  return signal.reason === "SIGINT" ? 0 : config.VECHE_DRAIN_TIMEOUT;
}

function nodeCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
