/** Several signalling hosts on one machine: each with its address, its nats-server of a cluster, an xmpp and a focus. */
import { appendFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Supervisor } from "@veche/deploy/local/supervisor.ts";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { NatsCluster } from "@veche/kit/testing/nats-cluster.ts";
import type { RoleName } from "@veche/proto/roles.ts";
import { streams } from "@veche/proto/storage.ts";
import { brokenPromises, type FactBody, type ObservedFact } from "./event-promises.ts";
import { inPlace, type Place, type Roads } from "./roads.ts";
import { sureLines } from "./stack.ts";
import { eventually } from "./wait.ts";

const root = resolve(import.meta.dirname, "../..");
const readyMs = 60_000;
/** A goodbye may be lost with the host that heard it: its place is then kept for 60 s (XMPP's `resumeMs`), and the room with it. */
const endedMs = 75_000;

type Settings = Readonly<Record<string, string>>;

/** A role that is started again when it ends, as every supervisor does; until its host is lost. */
class HostProcess {
  readonly name: string;
  readonly lines: string[] = [];
  readonly #supervisor: Supervisor;
  readonly #readyUrl: string;

  constructor(name: string, role: RoleName, place: Place, env: Settings, readyUrl: string) {
    this.name = name;
    this.#readyUrl = readyUrl;
    const [command = "", ...args] = [...inPlace(place), process.execPath, join(root, "services", role, "main.ts")];
    this.#supervisor = new Supervisor({
      name,
      command,
      args,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: "info", ...env },
      cwd: root,
    });
    const path = process.env.VECHE_TEST_LOG;
    this.#supervisor.on("line", (line) => {
      this.lines.push(line);
      if (path !== undefined) appendFileSync(path, `${new Date().toISOString()} ${name} ${line}\n`);
    });
    this.#supervisor.start();
  }

  async ready(): Promise<void> {
    const look = async () => {
      const answer = await fetch(this.#readyUrl, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
      return answer && answer.status < 500 ? undefined : `${this.#readyUrl}: ${answer?.status ?? "nobody listens"}`;
    };
    await eventually(`${this.name} is ready`, look, { timeoutMs: readyMs }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.lines.slice(-8).join("\n")}`);
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#supervisor.kill(signal);
  }

  /** For good, at once. */
  async lose(): Promise<void> {
    const stopped = this.#supervisor.stop();
    this.#supervisor.kill("SIGKILL");
    await stopped;
  }
}

/** What of a host is on duty or stands by. */
export class SignallingHost {
  readonly id: string;
  readonly place: Place;
  readonly xmpp: HostProcess;
  readonly focus: HostProcess;
  readonly #xmppPort: number;
  readonly #focusPort: number;

  private constructor(given: { place: Place; xmppPort: number; focusPort: number; natsUrl: string }) {
    const { place, xmppPort, focusPort, natsUrl } = given;
    const { name: id, address } = place;
    const common = { VECHE_HOST_ID: id, NATS_URL: natsUrl };
    this.id = id;
    this.place = place;
    this.#xmppPort = xmppPort;
    this.#focusPort = focusPort;
    this.xmpp = new HostProcess(
      `xmpp of ${id}`,
      "xmpp",
      place,
      { ...common, XMPP_PORT: String(xmppPort), VECHE_LISTEN_ADDRESS: address },
      `http://${address}:${xmppPort}/health/ready`,
    );
    this.focus = new HostProcess(
      `focus of ${id}`,
      "focus",
      place,
      { ...common, JICOFO_PORT: String(focusPort), JICOFO_ADDRESS: address },
      `http://${address}:${focusPort}/health/ready`,
    );
  }

  static async start(place: Place, natsUrl: string): Promise<SignallingHost> {
    return new SignallingHost({ place, natsUrl, xmppPort: await freePort(), focusPort: await freePort() });
  }

  async ready(): Promise<void> {
    await Promise.all([this.xmpp.ready(), this.focus.ready()]);
  }

  /** Where its xmpp says how it stands. */
  get xmppDebug(): string {
    return `http://${this.place.address}:${this.#xmppPort}/debug`;
  }

  async isOnDuty(): Promise<boolean> {
    const answer = await fetch(this.xmppDebug, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
    return answer?.status === 200;
  }

  /** What its focus knows of each room; "" while it serves none, or can't be asked. */
  async rooms(): Promise<string> {
    const url = `http://${this.place.address}:${this.#focusPort}/debug/conferences-full`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
    const rooms = answer?.ok ? await answer.text() : "{}";
    return rooms.trim() === "{}" ? "" : rooms;
  }

  signal(signal: NodeJS.Signals): void {
    for (const each of [this.xmpp, this.focus]) each.signal(signal);
  }

  async lose(): Promise<void> {
    await Promise.all([this.xmpp.lose(), this.focus.lose()]);
  }
}

/** Two hosts for one unit, and a third with web, a bridge and the third nats-server. */
export class SignallingHosts implements AsyncDisposable {
  readonly cluster: NatsCluster;
  readonly a: SignallingHost;
  readonly b: SignallingHost;
  readonly others: readonly HostProcess[];
  readonly #webPort: number;

  private constructor(given: Pick<SignallingHosts, "cluster" | "a" | "b" | "others"> & { readonly webPort: number }) {
    this.cluster = given.cluster;
    this.a = given.a;
    this.b = given.b;
    this.others = given.others;
    this.#webPort = given.webPort;
  }

  /** Resolves when host a is on duty and host b stands by. With roads, these two are hosts of their own on them. */
  static async start(roads?: Roads): Promise<SignallingHosts> {
    const places = roads ? await onRoads(roads) : onLoopback;
    const cluster = await NatsCluster.start({
      placeOf: (index) => {
        const place = places[index] ?? places[2];
        return { address: place.address, enter: inPlace(place) };
      },
    });
    const a = await SignallingHost.start(places[0], cluster.urlFor(0));
    await a.ready();
    const b = await SignallingHost.start(places[1], cluster.urlFor(1));
    const webPort = await freePort();
    const others = await startOthers(cluster.urlFor(2), webPort);
    const started = new SignallingHosts({ cluster, a, b, others, webPort });
    try {
      await Promise.all([b.ready(), ...others.map((each) => each.ready())]);
      for (const stream of ["KV_units", "KV_xmpp-state", "KV_rooms", "CONFERENCE"]) await cluster.settled(stream);
      return started;
    } catch (error) {
      await started[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Which of the two answer as who is on duty does. */
  async onDuty(): Promise<string> {
    const found = await Promise.all([this.a, this.b].map(async (host) => ((await host.isOnDuty()) ? host.id : "")));
    return found.filter((id) => id !== "").join(" and ");
  }

  roomUrl(room: string): string {
    return `http://localhost:${this.#webPort}/${encodeURIComponent(room)}`;
  }

  get webOrigin(): string {
    return `http://localhost:${this.#webPort}`;
  }

  /** Waits for the end of the sitting, then holds all that was said of it against the promises. */
  async promisesHeld(): Promise<ObservedFact[]> {
    const identity = { role: "focus", instance: "reader", version: "0" } as const;
    await using bus = await NatsBus.open({ url: this.cluster.urlFor(2) }, identity, { log: silentLog });
    let facts: ObservedFact[] = [];
    const look = async () => {
      const read = await Array.fromAsync(bus.replay(streams.conference, "conference.v1.>"));
      facts = read.map((fact) => ({ ...fact, body: fact.body as FactBody }));
      return facts.some(({ subject }) => subject.endsWith(".session.ended")) ? undefined : "it goes on";
    };
    await eventually("the sitting's end", look, { timeoutMs: endedMs });
    const broken = brokenPromises(facts, { isOver: true, forbiddenTexts: [] });
    if (broken.length > 0) throw new Error(broken.join("\n"));
    return facts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const host of [this.a, this.b]) host.signal("SIGCONT");
    await Promise.all([this.a.lose(), this.b.lose(), ...this.others.map((each) => each.lose())]);
    await this.cluster[Symbol.asyncDispose]();
  }
}

type Places = readonly [a: Place, b: Place, others: Place];

const onLoopback: Places = [
  { name: "host-a", address: "127.0.0.2", namespace: undefined },
  { name: "host-b", address: "127.0.0.3", namespace: undefined },
  { name: "host-c", address: "127.0.0.1", namespace: undefined },
];

async function onRoads(roads: Roads): Promise<Places> {
  return [await roads.lead("host-a", 1), await roads.lead("host-b", 2), roads.machine];
}

async function startOthers(natsUrl: string, webPort: number): Promise<HostProcess[]> {
  const [rest, media, mediaTcp, channel, bridgeRest] = await Promise.all(Array.from({ length: 5 }, () => freePort()));
  const common = { VECHE_HOST_ID: "host-c", NATS_URL: natsUrl };
  const web = {
    ...common,
    HTTP_PORT: String(webPort),
    DISABLE_HTTPS: "true",
    VECHE_LISTEN_ADDRESS: "127.0.0.1",
    VECHE_WEB_REST_PORT: String(rest),
  };
  const bridge = {
    ...common,
    VECHE_BRIDGE_ID: "jvb-1",
    ...sureLines,
    JVB_PORT: String(media),
    JVB_TCP_PORT: String(mediaTcp),
    COLIBRI_WEBSOCKET_PORT: String(channel),
    COLIBRI_WEBSOCKET_ORIGIN: `http://127.0.0.1:${channel}`,
    COLIBRI_REST_PORT: String(bridgeRest),
    MEDIASOUP_WORKER_BIN: process.env.MEDIASOUP_WORKER_BIN ?? "",
  };
  const [, , here] = onLoopback;
  return [
    new HostProcess("web", "web", here, web, `http://127.0.0.1:${rest}/about/health`),
    new HostProcess("videobridge", "videobridge", here, bridge, `http://127.0.0.1:${bridgeRest}/about/health`),
  ];
}
