/** The ports of an installation on one machine: each with the setting that moves it. */
import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { ConfigError, type Environment, integer, readConfig } from "@veche/kit/config.ts";

type PortRule = {
  readonly setting: string;
  readonly standard: number;
  /** "both": UDP and TCP by the same number. */
  readonly protocol: "tcp" | "udp" | "both";
  readonly host: string;
};

const loopback = "127.0.0.1";
const everywhere = "0.0.0.0";

export const portRules = {
  nats: { setting: "NATS_PORT", standard: 4222, protocol: "tcp", host: loopback },
  xmpp: { setting: "XMPP_PORT", standard: 5280, protocol: "tcp", host: loopback },
  focus: { setting: "JICOFO_PORT", standard: 8888, protocol: "tcp", host: loopback },
  media: { setting: "JVB_PORT", standard: 10000, protocol: "udp", host: everywhere },
  mediaTcp: { setting: "JVB_TCP_PORT", standard: 4443, protocol: "tcp", host: everywhere },
  channel: { setting: "COLIBRI_WEBSOCKET_PORT", standard: 9090, protocol: "tcp", host: everywhere },
  bridgeRest: { setting: "COLIBRI_REST_PORT", standard: 8080, protocol: "tcp", host: loopback },
  webRest: { setting: "VECHE_WEB_REST_PORT", standard: 8088, protocol: "tcp", host: loopback },
  recorder: { setting: "JIBRI_HTTP_API_EXTERNAL_PORT", standard: 2222, protocol: "tcp", host: loopback },
  recorderInternal: { setting: "JIBRI_HTTP_API_INTERNAL_PORT", standard: 3333, protocol: "tcp", host: loopback },
  gateway: { setting: "VECHE_GATEWAY_HTTP_PORT", standard: 8788, protocol: "tcp", host: loopback },
  sip: { setting: "VECHE_SIP_PORT", standard: 5060, protocol: "both", host: everywhere },
  webhooks: { setting: "VECHE_WEBHOOKS_PORT", standard: 8790, protocol: "tcp", host: loopback },
  http: { setting: "HTTP_PORT", standard: 8000, protocol: "tcp", host: everywhere },
  https: { setting: "HTTPS_PORT", standard: 8443, protocol: "tcp", host: everywhere },
} as const satisfies Record<string, PortRule>;

export type PortName = keyof typeof portRules;
export type Ports = Readonly<Record<PortName, number>>;

const rules = Object.entries<PortRule>(portRules);

const schema = Object.fromEntries(
  rules.map(([, rule]) => [rule.setting, integer(rule.standard, { min: 1, max: 65535 }, "A port.")]),
);

/** The ports an environment asks for. All faults are reported together. */
export function readPorts(env: Environment): Ports {
  const config = readConfig(schema, env);
  const ports = mapPorts(({ setting, standard }) => config[setting] ?? standard);
  const shared = rules.flatMap(([name, rule], index) => {
    const other = rules
      .slice(0, index)
      .find(
        ([earlier, { protocol }]) =>
          shareNumbers(protocol, rule.protocol) && portOf(ports, earlier) === portOf(ports, name),
      );
    return other
      ? [`${rule.setting}: expected a port of its own, found ${portOf(ports, name)}, which is also ${other[1].setting}`]
      : [];
  });
  if (shared.length > 0) throw new ConfigError(shared);
  return ports;
}

/** One line for each port that somebody else holds, with the setting that moves it; what nobody opens is left out. */
export async function busyPorts(ports: Ports, unused: readonly PortName[] = []): Promise<string[]> {
  const problems = await Promise.all(
    rules.map(async ([name, rule]) => {
      if (unused.some((each) => each === name)) return undefined;
      const port = portOf(ports, name);
      for (const protocol of protocolsOf(rule)) {
        const code = protocol === "tcp" ? await tryTcp(port, rule.host) : await tryUdp(port, rule.host);
        if (code === undefined) continue;
        const why = code === "EADDRINUSE" ? "is in use" : `cannot be opened (${code})`;
        return `port ${port}/${protocol} ${why}; ${rule.setting}=<another> moves it`;
      }
      return undefined;
    }),
  );
  return problems.filter((problem) => problem !== undefined);
}

/** Ports that are free now, for a stack beside others. */
export async function freePorts(): Promise<Ports> {
  const held = await Promise.all(
    rules.map(([, { protocol, host }]) => {
      if (protocol === "both") return holdBoth(host);
      return protocol === "tcp" ? holdTcp(host) : holdUdp(host);
    }),
  );
  await Promise.all(held.map((each) => each.release()));
  let index = 0;
  return mapPorts(() => held[index++]?.port ?? 0);
}

/** The ports as the environment variables of the roles. */
export function portSettings(ports: Ports): Record<string, string> {
  return Object.fromEntries(rules.map(([name, rule]) => [rule.setting, String(portOf(ports, name))]));
}

function portOf(ports: Ports, name: string): number {
  return ports[name as PortName];
}

function mapPorts(choose: (rule: PortRule) => number): Ports {
  return {
    nats: choose(portRules.nats),
    xmpp: choose(portRules.xmpp),
    focus: choose(portRules.focus),
    media: choose(portRules.media),
    mediaTcp: choose(portRules.mediaTcp),
    channel: choose(portRules.channel),
    bridgeRest: choose(portRules.bridgeRest),
    webRest: choose(portRules.webRest),
    recorder: choose(portRules.recorder),
    recorderInternal: choose(portRules.recorderInternal),
    gateway: choose(portRules.gateway),
    sip: choose(portRules.sip),
    webhooks: choose(portRules.webhooks),
    http: choose(portRules.http),
    https: choose(portRules.https),
  };
}

function protocolsOf({ protocol }: PortRule): readonly ("tcp" | "udp")[] {
  return protocol === "both" ? ["udp", "tcp"] : [protocol];
}

function shareNumbers(one: PortRule["protocol"], other: PortRule["protocol"]): boolean {
  return one === other || one === "both" || other === "both";
}

type HeldPort = { readonly port: number; release(): Promise<void> };

async function tryTcp(port: number, host: string): Promise<string | undefined> {
  return outcome(holdTcp(host, port));
}

async function tryUdp(port: number, host: string): Promise<string | undefined> {
  return outcome(holdUdp(host, port));
}

async function outcome(holding: Promise<HeldPort>): Promise<string | undefined> {
  try {
    await (await holding).release();
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

function holdTcp(host: string, port = 0): Promise<HeldPort> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      const held = typeof address === "object" && address ? address.port : port;
      resolve({ port: held, release: () => new Promise((done) => server.close(() => done())) });
    });
  });
}

function holdUdp(host: string, port = 0): Promise<HeldPort> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.once("error", reject);
    socket.bind({ address: host, port, exclusive: true }, () => {
      resolve({ port: socket.address().port, release: () => new Promise((done) => socket.close(() => done())) });
    });
  });
}

/** Below the numbers that the system gives to connections: one of those takes a number for TCP alone. */
const quietPorts = { min: 15_000, max: 19_999 };
const attempts = 50;

async function holdBoth(host: string): Promise<HeldPort> {
  for (let attempt = 1; ; attempt += 1) {
    const port = randomInt(quietPorts.min, quietPorts.max + 1);
    try {
      const udp = await holdUdp(host, port);
      try {
        const tcp = await holdTcp(host, port);
        return { port, release: async () => void (await Promise.all([udp.release(), tcp.release()])) };
      } catch (error) {
        await udp.release();
        throw error;
      }
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}
