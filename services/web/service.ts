import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Bus } from "@veche/kit/bus.ts";
import { type Clock, systemClock } from "@veche/kit/clock.ts";
import type { Particulars } from "@veche/kit/examination.ts";
import { type LiveSettings, locksOf } from "@veche/kit/live-settings.ts";
import { NatsBus, natsConfig } from "@veche/kit/nats-bus.ts";
import { PrivateTls } from "@veche/kit/private-tls/private-tls.ts";
import type { Context } from "@veche/kit/run.ts";
import { announce } from "@veche/kit/service-facts.ts";
import { type Certificate, type CertificateSource, expiresAt, issuerOf, namesOf } from "@veche/kit/tls/certificate.ts";
import { CertificateFacts } from "@veche/kit/tls/certificate-facts.ts";
import { type KeptFresh, keepFresh } from "@veche/kit/tls/keep-fresh.ts";
import { GatewayStateSchema } from "@veche/proto/gen/veche/gateway/v1/gateway_pb.ts";
import { RecorderStateSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { Challenges } from "./acme/challenges.ts";
import { type Config, ownAppFolder } from "./config.ts";
import type { ConfigSettings } from "./domain/jitsi-config.ts";
import { BridgeUpstreams } from "./edge/bridge-upstreams.ts";
import { Content, type ContentOptions, httpsOrigin, type Trust } from "./edge/content.ts";
import { TrustedProxies } from "./edge/forwarded.ts";
import { HttpProxy } from "./edge/http-proxy.ts";
import { Joins } from "./edge/joins.ts";
import { openLate } from "./edge/late-bus.ts";
import { Listener, SocketLimits, type Where } from "./edge/listener.ts";
import { openPrivateSite } from "./edge/private-site.ts";
import { PublicSite } from "./edge/public-site.ts";
import { RoleUpstreams } from "./edge/role-upstreams.ts";
import { Tunnels } from "./edge/tunnel.ts";
import { UnitUpstream } from "./edge/unit-upstream.ts";
import { Upstream } from "./edge/upstream.ts";
import { type Limits, limits as standardLimits } from "./limits.ts";
import { LivePage } from "./live-page.ts";
import { createWebMetrics, type WebMetrics } from "./metrics.ts";
import { pageSettings } from "./page-settings.ts";
import { recordingSettings } from "./recording-settings.ts";
import { telephonySettings } from "./telephony-settings.ts";
import { mayHaveHsts, openCertificates } from "./tls/open.ts";

export type Edges = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly limits: Limits;
  /** The build of our own app. */
  readonly ownApp: string;
};

/** The ports in use: settings may leave the choice to the system. */
export type WebServer = AsyncDisposable & {
  readonly httpPort: number;
  readonly httpsPort: number | undefined;
  readonly restPort: number;
};

export async function start(context: Context<Config>, given: Partial<Edges> = {}): Promise<WebServer> {
  const { config } = context;
  const limits = given.limits ?? standardLimits;
  await using stack = new AsyncDisposableStack();
  const clock = given.clock ?? systemClock;
  const tls = stack.use(await PrivateTls.open(context, clock));
  const edges = { ...context, clock, limits, tls };
  const metrics = createWebMetrics(context.metrics);
  const proxies = new TrustedProxies(config.VECHE_TRUSTED_PROXIES);
  const challenges = new Challenges(edges);
  const joins = new Joins(edges);
  const certificates = await openCertificates({ ...edges, metrics, challenges });
  const certificateFacts = new CertificateFacts(edges);
  const proxy = new HttpProxy(limits, metrics);
  const tunnels = new Tunnels(limits, metrics);
  const followed = (role: "xmpp" | "focus", fixedOrigin: string, usualOrigin: string) =>
    new UnitUpstream({
      unit: config.VECHE_UNIT,
      role,
      fixedOrigin,
      usualOrigin,
      open: (origin) => openUpstream(role, origin, edges, metrics),
      log: context.log,
      onMoved: (former) => {
        tunnels.closeTo(former);
        proxy.closeTo(former);
      },
    });
  const xmpp = stack.use(followed("xmpp", config.XMPP_BOSH_URL_BASE, "http://127.0.0.1:5280"));
  const focus = stack.use(followed("focus", config.JICOFO_URL, "http://127.0.0.1:8888"));
  const live = new LivePage(locksOf(config));
  const bridges = new BridgeUpstreams({ ...edges, metrics, hostId: config.VECHE_HOST_ID });
  const recorders = stack.use(
    new RoleUpstreams({
      ...edges,
      name: "recorder",
      role: "recorder",
      states: (bus) => bus.bucket(buckets.recorders, RecorderStateSchema),
      isReadSlowly: true,
    }),
  );
  const gateways = stack.use(
    new RoleUpstreams({
      ...edges,
      name: "gateway",
      role: "sip-gateway",
      states: (bus) => bus.bucket(buckets.gateways, GatewayStateSchema),
      isReadSlowly: false,
    }),
  );
  stack.use(
    await openLate(
      async (signal) =>
        given.bus ??
        NatsBus.open(natsConfig(config), { ...context, host: config.VECHE_HOST_ID }, { ...context, signal }),
      (bus) =>
        connectBus(
          bus,
          [xmpp, focus, bridges, recorders, gateways, live, certificateFacts, challenges, joins],
          context,
          particularsOf(config, certificates),
        ),
      edges,
    ),
  );
  const content = stack.use(
    await Content.open(
      contentOptions(
        edges,
        certificates,
        { recorders, gateways, live, challenges },
        given.ownApp ?? fileURLToPath(ownAppFolder),
      ),
    ),
  );
  const redirect = {
    isEnabled: config.ENABLE_HTTP_REDIRECT && certificates !== undefined,
    httpsPort: publicHttpsPort(config),
  };
  const site = new PublicSite({
    content,
    proxy,
    tunnels,
    xmpp,
    focus,
    bridges,
    recorders,
    gateways,
    proxies,
    redirect,
    joins,
    metrics,
  });
  const restAt = { port: config.VECHE_WEB_REST_PORT, address: config.VECHE_WEB_REST_ADDRESS };
  let kept: KeptFresh | undefined;
  const rest = stack.use(
    await openPrivateSite(context, { setting: "VECHE_WEB_REST_PORT", ...restAt }, () => kept?.report()),
  );
  const sockets = new SocketLimits(config.VECHE_MAX_SOCKETS, config.VECHE_MAX_SOCKETS_PER_ADDRESS, proxies, metrics);
  const http = await Listener.openHttp(publicPort(edges, "HTTP_PORT"), site, sockets);
  stack.defer(() => http.close(finishMs(edges)));
  const https = certificates && (await openHttps(certificates, site, sockets, edges));
  if (certificates && https) {
    stack.defer(() => https.close(finishMs(edges)));
    stack.defer(() => certificates[Symbol.asyncDispose]?.());
    kept = stack.use(keepFresh(certificates, (fresh) => https.use(fresh), { ...edges, facts: certificateFacts }));
  }
  // Closed first: whoever is passed through goes to the next process, and the listeners need not wait for them.
  stack.defer(() => tunnels.close());
  stack.defer(() => proxy.close());
  context.log.info({ http: http.port, https: https?.port, rest: rest.port }, "listening");
  const running = stack.move();
  return {
    httpPort: http.port,
    httpsPort: https?.port,
    restPort: rest.port,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

type Surroundings = Context<Config> & {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly tls: PrivateTls | undefined;
};

function openUpstream(name: "xmpp" | "focus", origin: string, edges: Surroundings, metrics: WebMetrics): Upstream {
  const { config, clock, health, tls } = edges;
  const upstream = new Upstream({
    name,
    role: name,
    tls,
    origin,
    clock,
    waitMs: config.VECHE_UPSTREAM_WAIT,
    onProblem: (problem) => health.set(name, problem),
    onHeld: (count) => metrics.waiting.set({ upstream: name }, count),
  });
  upstream.watch();
  return upstream;
}

async function connectBus(
  bus: Bus,
  parts: readonly { listen(bus: Bus): Disposable | Promise<Disposable> }[],
  context: Context<Config>,
  particulars: Particulars,
): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  for (const part of parts) stack.use(await part.listen(bus));
  stack.use(await announce(bus, context, particulars));
  return stack.move();
}

/** What it tells the operator's tools. */
function particularsOf(config: Config, certificates: CertificateSource | undefined): Particulars {
  return {
    addresses: () => (config.PUBLIC_URL === "" ? [] : [config.PUBLIC_URL]),
    directories: { data: resolve(config.VECHE_DATA_DIR) },
    certificates: () => (certificates ? [inUse(certificates.current)] : []),
  };
}

function inUse(current: Certificate) {
  return { use: "public", names: [...namesOf(current.leaf)], notAfterMs: expiresAt(current) };
}

function openHttps(
  { current }: CertificateSource,
  site: PublicSite,
  sockets: SocketLimits,
  edges: Surroundings,
): Promise<Listener> {
  return Listener.openHttps(publicPort(edges, "HTTPS_PORT"), site, sockets, current);
}

/** What is seen over NATS, and shows in config.js from then on. */
type Seen = {
  readonly recorders: RoleUpstreams;
  readonly gateways: RoleUpstreams;
  readonly live: LivePage;
  readonly challenges: Challenges;
};

function contentOptions(
  { config, log, limits, instance }: Surroundings,
  certificates: CertificateSource | undefined,
  { recorders, gateways, live, challenges }: Seen,
  ownApp: string,
): ContentOptions {
  return {
    log,
    limits,
    root: config.VECHE_WEB_ROOT === "" ? ownApp : resolve(config.VECHE_WEB_ROOT),
    isForeignApp: config.VECHE_WEB_ROOT !== "",
    instance,
    settings: () => ({
      ...configSettings(config, live.current),
      hasLibrary: recorders.wereSeen,
      hasGateway: gateways.wereSeen,
    }),
    findChallenge: (token) => challenges.find(token),
    trust: () => certificates && trustIn(certificates, config),
    secureOrigin: (host) => httpsOrigin(host, publicHttpsPort(config)),
  };
}

function trustIn({ rootPem, current }: CertificateSource, config: Config): Trust {
  // Nobody can click past a warning on a host that sent HSTS, so a root that devices lack must never go with it.
  const hasHsts = config.ENABLE_HSTS && rootPem === undefined && mayHaveHsts(config);
  return { rootPem, issuer: issuerOf(current.leaf), hasHsts };
}

function configSettings(config: Config, live: LiveSettings): ConfigSettings {
  return {
    domain: config.XMPP_DOMAIN,
    mucDomain: config.XMPP_MUC_DOMAIN,
    authDomain: config.XMPP_AUTH_DOMAIN,
    guestDomain: config.XMPP_GUEST_DOMAIN,
    hiddenDomain: config.XMPP_HIDDEN_DOMAIN,
    resolution: config.RESOLUTION,
    videoCodec: config.CODEC_ORDER_JVB,
    hasOpusRed: config.ENABLE_OPUS_RED,
    channelLastN: config.CHANNEL_LAST_N,
    isP2pEnabled: config.ENABLE_P2P,
    p2pStunServers: config.VECHE_P2P_STUN_SERVERS,
    startAudioMuted: live.startAudioMuted,
    startVideoMuted: live.startVideoMuted,
    hasPrejoinPage: live.prejoinPage,
    notice: live.notice,
    hasWelcomePage: config.ENABLE_WELCOME_PAGE,
    page: pageSettings(config, live),
    recording: recordingSettings(config, live),
    telephony: telephonySettings(config),
    hasXmppWebSocket: config.ENABLE_XMPP_WEBSOCKET,
    isConferenceRequestOverHttp: config.VECHE_CONFERENCE_REQUEST_OVER_HTTP,
    defaultLanguage: config.DEFAULT_LANGUAGE,
  };
}

function publicPort({ config, limits }: Surroundings, setting: "HTTP_PORT" | "HTTPS_PORT"): Where {
  return { setting, port: config[setting], address: config.VECHE_LISTEN_ADDRESS, limits };
}

/** Containers listen on another port than the one people reach; the public address then says which. */
function publicHttpsPort(config: Config): number {
  const url = config.PUBLIC_URL === "" ? undefined : new URL(config.PUBLIC_URL);
  if (url?.protocol !== "https:") return config.HTTPS_PORT;
  return url.port === "" ? 443 : Number(url.port);
}

/** SIGINT waits for nobody. */
function finishMs({ signal, limits }: Surroundings): number {
  return signal.reason === "SIGINT" ? 0 : limits.finishMs;
}
