/** A whole Veche of the test's own: real processes on free ports, gone afterwards. */
import { createWriteStream, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { freePorts, type PortName, portRules, portSettings } from "@veche/deploy/local/ports.ts";
import {
  type ExtraRole,
  type FurtherProcess,
  type LocalStack,
  type ProcessName,
  type RoleSettings,
  startLocal,
} from "@veche/deploy/local/stack.ts";
import type { Browser } from "playwright-core";
import { Administrator } from "./administrator.ts";
import { launchBrowser, launchFirefox } from "./browser.ts";
import { natsSeeds } from "./nats.ts";

export type TestStack = AsyncDisposable & {
  readonly local: LocalStack;
  readonly administrator: Administrator;
  /** What every process has written, in the order of arrival. */
  readonly lines: readonly StackLine[];
  /** Of the private HTTP of a bridge, a focus, a recorder or a gateway. */
  privatePortOf(name: ProcessName): number;
  /** Where a gateway takes calls. */
  sipPortOf(name: ProcessName): number;
  /** Every secret that was made for it. */
  secrets(): string[];
  /** Page address of a room. */
  roomUrl(room: string, options?: string): string;
};

export type StackLine = { readonly from: ProcessName | "supervisor"; readonly text: string; readonly atMs: number };

/**
 * How many there are of a role. Bridges are called jvb-1, jvb-2, …; their programs videobridge, videobridge-2, …. There is
 * no recorder and no gateway unless asked for; recorders are called as their programs: recorder, recorder-2, ….
 * Gateways: sip-gateway, sip-gateway-2, ….
 */
export type StackSize = {
  readonly bridges?: number;
  readonly focuses?: number;
  readonly recorders?: number;
  readonly gateways?: number;
};

export async function startTestStack(
  env: Readonly<Record<string, string>> = {},
  size: StackSize = {},
  roleSettings?: RoleSettings,
): Promise<TestStack> {
  const dataDir = await mkdtemp(join(tmpdir(), "veche-test-"));
  const lines: StackLine[] = [];
  const logPath = process.env.VECHE_TEST_LOG;
  const log = logPath === undefined ? undefined : createWriteStream(logPath, { flags: "a" });
  const note = (from: StackLine["from"], text: string): void => {
    lines.push({ from, text, atMs: Date.now() });
    log?.write(`${new Date().toISOString()} ${from} ${text}\n`);
  };
  const removeData = (): Promise<void> => rm(dataDir, { recursive: true, force: true });
  try {
    const further = await furtherProcesses(size);
    const local = await startLocal({
      ports: await freePorts(),
      dataDir,
      env: { LOG_LEVEL: "debug", VECHE_BRIDGE_ID: "jvb-1", ...sureLines, ...env },
      further,
      ...(roleSettings === undefined ? {} : { roleSettings }),
      extras: extrasOf(size),
      onLine: note,
      onNotice: (text) => note("supervisor", text),
    });
    const portOf = (name: ProcessName, port: PortName): number => {
      const own = further.find((each) => each.name === name)?.env[portRules[port].setting];
      return own === undefined ? local.ports[port] : Number(own);
    };
    return {
      local,
      administrator: new Administrator(local),
      lines,
      privatePortOf: (name) => portOf(name, privatePortName(name)),
      sipPortOf: (name) => portOf(name, "sip"),
      secrets: () => secretsIn(join(dataDir, "secrets")),
      roomUrl: (room, options = "") => `${local.urls.http}/${encodeURIComponent(room)}${options}`,
      [Symbol.asyncDispose]: async () => {
        await local.stop();
        await removeData();
        await new Promise<void>((resolve) => (log === undefined ? resolve() : log.end(() => resolve())));
      },
    };
  } catch (error) {
    await removeData();
    throw error;
  }
}

/** Pages say what their lines carry (`page/sure-line.js`), as far as the machine itself is the line. */
export const sureLines = { VECHE_ASSUMED_BANDWIDTH_LIMIT: "100000000" };

function extrasOf({ recorders = 0, gateways = 0 }: StackSize): ExtraRole[] {
  const wanted = [
    { role: "recorder", count: recorders },
    { role: "sip-gateway", count: gateways },
  ] as const;
  return wanted.filter(({ count }) => count > 0).map(({ role }) => role);
}

/** `addresses` lies among them for the commands that need it, and is what everybody may know. */
function secretsIn(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== "addresses");
  const plain = files.map(({ name }) => readFileSync(join(directory, name), "utf8").trim());
  return [...plain, ...natsSeeds(directory).values()];
}

function privatePortName(name: ProcessName): PortName {
  if (name.startsWith("focus")) return "focus";
  if (name.startsWith("sip-gateway")) return "gateway";
  return name.startsWith("recorder") ? "recorder" : "bridgeRest";
}

async function furtherProcesses({
  bridges = 1,
  focuses = 1,
  recorders = 1,
  gateways = 1,
}: StackSize): Promise<FurtherProcess[]> {
  const further: FurtherProcess[] = [];
  for (let number = 2; number <= bridges; number++) {
    const ports = await freePorts();
    const env = {
      ...portSettings(ports),
      VECHE_BRIDGE_ID: `jvb-${number}`,
      COLIBRI_WEBSOCKET_ORIGIN: `http://127.0.0.1:${ports.channel}`,
    };
    further.push({ name: `videobridge-${number}`, env });
  }
  for (let number = 2; number <= focuses; number++) {
    const { focus } = await freePorts();
    further.push({ name: `focus-${number}`, env: { JICOFO_PORT: String(focus), VECHE_HOST_ID: `host-${number}` } });
  }
  for (let number = 2; number <= recorders; number++) {
    const { recorder, recorderInternal } = await freePorts();
    const env = {
      [portRules.recorder.setting]: String(recorder),
      [portRules.recorderInternal.setting]: String(recorderInternal),
    };
    further.push({ name: `recorder-${number}`, env });
  }
  for (let number = 2; number <= gateways; number++) {
    const { gateway, sip } = await freePorts();
    const env = { [portRules.gateway.setting]: String(gateway), [portRules.sip.setting]: String(sip) };
    further.push({ name: `sip-gateway-${number}`, env });
  }
  return further;
}

/** What the tests of one file share. */
export type Scene = {
  readonly stack: TestStack;
  readonly browser: Browser;
  /** Where the options ask for it. */
  readonly firefox: Browser;
};

export type SceneOptions = {
  /** Why the tests of the file are skipped, or false. */
  readonly skip: string | false;
  /** Settings of the roles. */
  readonly env?: Readonly<Record<string, string>>;
  /** Of one role, made before the first start. */
  readonly roleSettings?: () => Promise<RoleSettings>;
  readonly size?: StackSize;
  readonly hasFirefox?: boolean;
  /** What stands before the first test begins. */
  readonly prepare?: (scene: Scene) => Promise<void>;
};

/** One stack and one browser for the tests of a file, gone after the last of them. */
export function setScene({ skip, env, roleSettings, size, hasFirefox, prepare }: SceneOptions): Scene {
  let stack: TestStack | undefined;
  let browser: Browser | undefined;
  let firefox: Browser | undefined;
  const there = <T>(thing: T | undefined): T => {
    if (thing === undefined) throw new Error("expected to be asked within a test");
    return thing;
  };
  const scene: Scene = {
    get stack() {
      return there(stack);
    },
    get browser() {
      return there(browser);
    },
    get firefox() {
      return there(firefox);
    },
  };
  before(async () => {
    if (skip !== false) return;
    stack = await startTestStack(env, size, await roleSettings?.());
    browser = await launchBrowser();
    if (hasFirefox) firefox = await launchFirefox();
    await prepare?.(scene);
  });
  after(async () => {
    await browser?.close();
    await firefox?.close();
    await stack?.[Symbol.asyncDispose]();
  });
  return scene;
}
