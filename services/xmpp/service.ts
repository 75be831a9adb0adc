import type { Bus } from "@veche/kit/bus.ts";
import { type Clock, systemClock } from "@veche/kit/clock.ts";
import { LiveSettingsWatch, locksOf } from "@veche/kit/live-settings.ts";
import type { Log } from "@veche/kit/log.ts";
import { openBus } from "@veche/kit/nats-bus.ts";
import type { Context } from "@veche/kit/run.ts";
import { announce } from "@veche/kit/service-facts.ts";
import { StateRecordSchema } from "@veche/proto/gen/veche/xmpp/v1/state_pb.ts";
import { personId } from "@veche/proto/ids.ts";
import { buckets } from "@veche/proto/storage.ts";
import { muc } from "@veche/proto/subjects.ts";
import { AccountDirectory } from "./accounts/directory.ts";
import { endSignedOutStreams } from "./accounts/sign-out.ts";
import { Api } from "./admin/api.ts";
import { checkPasswordsOf } from "./admin/check-password.ts";
import type { Config } from "./config.ts";
import { Domains } from "./domains.ts";
import { BoshEdge } from "./edge/bosh.ts";
import { CertificateFiles } from "./edge/certificate-files.ts";
import { TrustedProxies } from "./edge/forwarded.ts";
import { Gate } from "./edge/gate.ts";
import { HttpEdge } from "./edge/http.ts";
import { AllowedOrigins } from "./edge/origins.ts";
import { TcpEdge } from "./edge/tcp.ts";
import { TurnEnd } from "./edge/turn-end.ts";
import { WebSocketEdge } from "./edge/websocket.ts";
import { RoleEvents } from "./events.ts";
import { Capabilities } from "./features/capabilities.ts";
import { ClientIqs } from "./features/client-iqs.ts";
import { FocusRequests } from "./features/focus-requests.ts";
import { JoinQueue } from "./features/join-queue.ts";
import { listFeatures } from "./features/list.ts";
import { MucMessages } from "./features/muc-messages.ts";
import { MucPresence } from "./features/muc-presence.ts";
import { serveFocus } from "./features/room-control.ts";
import { Router } from "./features/router.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { createMetrics, type XmppMetrics } from "./metrics.ts";
import { describeServer } from "./rooms/describe.ts";
import { RoomEvents } from "./rooms/room-events.ts";
import { AllRoomHooks } from "./rooms/room-hooks.ts";
import { Rooms } from "./rooms/rooms.ts";
import { Logins } from "./sasl/logins.ts";
import { openSignIn } from "./sasl/open.ts";
import { Keeper } from "./state/keeper.ts";
import { keysOf } from "./state/records.ts";
import { restore } from "./state/restore.ts";
import { WriteBehind } from "./state/write-behind.ts";
import type { Session } from "./stream/session.ts";
import { Sessions } from "./stream/sessions.ts";

/** What a test may hand in. */
export type Edges = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Instead of the setting's, of which 0 means none. */
  readonly c2sPort: number;
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
  const { config, log, health } = context;
  const clock = given.clock ?? systemClock;
  const limits = limitsOf(config, given.limits ?? defaultLimits);
  const metrics = createMetrics(context.metrics);
  const c2sPort = given.c2sPort ?? config.XMPP_C2S_PORT;
  const isC2sOn = given.c2sPort !== undefined || config.XMPP_C2S_PORT > 0;
  const certificate = isC2sOn ? stack.use(await openCertificate(config, clock, log)) : undefined;
  const bus = given.bus ?? stack.use(await openBus(context));
  const domains = new Domains(config);
  const unit = config.VECHE_UNIT;

  const bucket = await bus.bucket(buckets.xmppState, StateRecordSchema);
  const writeBehind = new WriteBehind(bucket, clock, log);
  const keeper = new Keeper(writeBehind, { historySlots: limits.history.messages, unit }, (session) =>
    bosh.stateOf(session),
  );
  const sessions = new Sessions(clock, { ...limits, resumeMs: config.XMPP_RESUME_TIMEOUT });
  const roleEvents = new RoleEvents(log, metrics);
  const hooks = new AllRoomHooks((hook, err) => log.error({ hook, err }, "a feature failed in a room"));
  const events = new RoomEvents(bus, unit, domains, roleEvents, hooks);
  const rooms = new Rooms({ domains, clock, limits, events, keeper, hooks });
  const settings = stack.use(await LiveSettingsWatch.open(bus, { locked: locksOf(config) }));
  const accounts = stack.use(await AccountDirectory.open(bus, { clock, log, limits: limits.accounts }));
  const shared = { config, domains, accounts, settings, sessions, clock, limits, log, metrics };
  const { signIn, tokens, passwords } = await openSignIn(shared);
  stack.use(tokens);
  const logins = new Logins({
    ...shared,
    lifetimeMs: config.JICOFO_AUTH_LIFETIME,
    perAccount: limits.loginsPerAccount,
    keep: (hash, login) => keeper.keepLogin(hash, login),
  });

  const clientIqs = new ClientIqs(clock, limits);
  const capabilities = new Capabilities(clientIqs, limits, rooms);
  const queue = new JoinQueue(clock, limits);
  const focusRequests = new FocusRequests({
    bus,
    unit,
    clock,
    limitMs: limits.focusRequestMs,
    queued: limits.focusQueue,
  });
  const presence = new MucPresence({ rooms, hooks, domains, queue, capabilities, clock, limits });
  const features = listFeatures({
    bus,
    unit,
    config,
    domains,
    clock,
    limits,
    log,
    settings,
    sessions,
    rooms,
    hooks,
    events,
    keeper,
    queue,
    focusRequests,
    clientIqs,
    tokens,
    logins,
  });
  hooks.use(features.flatMap((feature) => feature.rooms ?? []));
  const messages = new MucMessages({ rooms, clock, limits, features });
  const traffic = { presence: presence.receive.bind(presence), message: messages.receive.bind(messages) };
  const router = new Router({ domains, rooms, features, traffic, clientIqs, log });

  const gate = new Gate(clock, limits);
  const streams = {
    sessions,
    signIn,
    domains,
    gate,
    turnEnd: new TurnEnd(),
    clock,
    limits,
    log,
    metrics,
    route: router.route.bind(router),
    keep: (session: Session) => keeper.keep(session),
    touched: (session: Session) => keeper.sessionChanged(session, "sent"),
  };
  const bosh = new BoshEdge(streams);
  const socketStreams = { ...streams, resumeSeconds: Math.round(config.XMPP_RESUME_TIMEOUT / 1000) };
  const webSocket = new WebSocketEdge(socketStreams);
  const tcp = certificate && new TcpEdge(socketStreams, certificate);

  sessions.listen({
    interrupted: (session) => {
      for (const { room, occupant } of session.rooms.values()) rooms.setInterrupted(room, occupant, true);
    },
    resumed: (session) => {
      for (const { room, occupant } of session.rooms.values()) rooms.setInterrupted(room, occupant, false);
    },
    identified: (session) => {
      for (const { room, occupant } of session.rooms.values()) rooms.refresh(room, occupant);
    },
    ended: (session, reason) => {
      queue.drop(session);
      clientIqs.drop(session);
      for (const { room, occupant } of [...session.rooms.values()]) {
        rooms.leave(room, occupant, reason === "error" ? "timeout" : reason);
        // An account comes back under the same address, and is who it was.
        if (session.identity.kind !== "account") rooms.forget(room, session.jid.bare);
      }
      for (const feature of features) feature.sessionEnded?.(session, reason);
      keeper.sessionGone(session);
    },
    changed: (session, change) => keeper.sessionChanged(session, change),
  });
  rooms.listen({
    opened: (room) => {
      roleEvents.roomOpened(room.address.room);
      queue.opened(room.address.jid);
    },
  });

  const restored = await restore({
    bucket,
    keys: keysOf(unit),
    sessions,
    adoptBosh: (session, state) => bosh.restore(session, state),
    history: limits.history,
    now: clock.now(),
    log,
  });
  for (const room of restored.rooms) {
    const kept = restored.features.get(room.address.jid);
    if (!kept) continue;
    keeper.adoptItems(room, kept);
    hooks.restored(room, kept);
  }
  rooms.takeOver(restored.rooms);
  logins.restore(restored.logins);
  const signingOut = endSignedOutStreams({ accounts, sessions, clock, signInMs: limits.signInMs });

  const proxies = new TrustedProxies(config.XMPP_TRUSTED_PROXIES, config.XMPP_DOMAIN);
  const connections = new Gate(clock, { admission: limits.admission, signInMs: limits.http.headerMs });
  const api = new Api({
    bus,
    clock,
    log,
    accounts,
    settings,
    limits,
    token: config.XMPP_ADMIN_TOKEN,
    checkPassword: checkPasswordsOf(passwords, domains.main),
    personOf: (name) => personId(`${name}@${domains.main}`),
    addressOf: (request) => proxies.clientOf(request).address,
    status: () => ({
      version: context.version,
      accounts: accounts.size,
      sessions: sessions.size,
      rooms: rooms.size,
      occupants: rooms.occupants,
    }),
  });
  const http = new HttpEdge({
    api: api.receive.bind(api),
    bosh,
    webSocket,
    proxies,
    origins: new AllowedOrigins(config.XMPP_CROSS_DOMAIN),
    connections,
    limits: limits.http,
    tokenLength: limits.tokens.length,
    health,
    metrics: context.metrics,
    debug: () => ({
      unauthenticated: gate.unauthenticated,
      bosh: bosh.describe(),
      connections: { webSocket: webSocket.size, tcp: tcp?.size ?? 0 },
      ...describeServer(rooms, sessions, writeBehind, events),
    }),
  });
  const observing = clock.every(observeMs, () =>
    observe(metrics, { sessions, accounts, rooms, gate, writeBehind, bosh, tcp }),
  );
  const asking = clock.every(ackMs, () => {
    sessions.lookAfterAcks();
    webSocket.lookAfter(clock.now());
    tcp?.lookAfter(clock.now());
  });
  const serving = serveFocus({
    bus,
    unit,
    instance: context.instance,
    hostId: config.VECHE_HOST_ID,
    domains,
    rooms,
    events,
    clientIqs,
    hooks,
  });
  const quiet = () => {
    serving.close();
    signingOut.close();
    logins[Symbol.dispose]();
    for (const feature of features) feature.close?.();
    observing.cancel();
    asking.cancel();
    webSocket.close();
    tcp?.close();
    bosh.close();
    gate.close();
    connections.close();
    sessions.close();
    rooms.close();
    queue.close();
    clientIqs.close();
  };
  stack.defer(() => writeBehind.close());
  stack.use(http);
  if (tcp) stack.use(tcp);
  stack.defer(quiet);

  bus.publish(muc.serverUp, { unit }, { unit, instance: context.instance, hostId: config.VECHE_HOST_ID });
  rooms.sayLost(restored.orphans);
  for (const feature of features) feature.started?.();
  roleEvents.restored({
    sessions: restored.sessions.length,
    rooms: restored.rooms.length,
    occupants: restored.rooms.reduce((sum, room) => sum + room.occupants.size, 0),
    lost: restored.orphans.length,
  });
  await http.listen(config.XMPP_PORT, config.VECHE_LISTEN_ADDRESS);
  await tcp?.listen(c2sPort, config.VECHE_LISTEN_ADDRESS);
  log.info({ port: http.port, c2sPort: tcp?.port }, "listening");
  stack.use(await announce(bus, context));

  const owned = stack.move();
  return {
    port: http.port,
    c2sPort: tcp?.port,
    kill: async () => {
      writeBehind.abandon();
      quiet();
      await http[Symbol.asyncDispose]();
      await tcp?.[Symbol.asyncDispose]();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function openCertificate(config: Config, clock: Clock, log: Log): Promise<CertificateFiles> {
  const { XMPP_C2S_CERT_FILE: chain, XMPP_C2S_KEY_FILE: key } = config;
  if (chain === "" || key === "") throw new Error("XMPP_C2S_PORT needs XMPP_C2S_CERT_FILE and XMPP_C2S_KEY_FILE");
  return CertificateFiles.open(chain, key, { clock, log });
}

const observeMs = 2_000;
const ackMs = 1_000;

type Observed = {
  readonly sessions: Sessions;
  readonly accounts: AccountDirectory;
  readonly rooms: Rooms;
  readonly gate: Gate;
  readonly writeBehind: WriteBehind;
  readonly bosh: BoshEdge;
  readonly tcp: TcpEdge | undefined;
};

function observe(metrics: XmppMetrics, { sessions, accounts, rooms, gate, writeBehind, bosh, tcp }: Observed): void {
  metrics.accounts.set(accounts.size);
  metrics.sessions.set({ transport: "bosh" }, bosh.size);
  const ofTcp = tcp?.sessions ?? 0;
  metrics.sessions.set({ transport: "tcp" }, ofTcp);
  metrics.sessions.set({ transport: "websocket" }, Math.max(0, sessions.size - bosh.size - ofTcp));
  metrics.interrupted.set(sessions.interrupted);
  metrics.unauthenticated.set(gate.unauthenticated);
  metrics.rooms.set(rooms.size);
  metrics.occupants.set(rooms.occupants);
  metrics.stateWaiting.set(writeBehind.pending);
  metrics.stateFailures.set(writeBehind.failures);
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
