import {
  type Bridge,
  emptyPicture,
  type Gateway,
  type Picture,
  type Process,
  type Recorder,
  type Room,
} from "../picture.ts";

export const nowMs = Date.UTC(2026, 8, 1, 6);
const GiB = 1024 ** 3;
const day = 86_400_000;

export function aProcess(role: string, changes: Partial<Process> = {}): Process {
  return {
    role,
    instance: `${role}-1`,
    host: "school-1",
    unit: "main",
    version: "0.1.0",
    isAnswering: true,
    problems: [],
    addresses: [],
    uptimeSeconds: 3600,
    clockOffsetMs: 0,
    clockErrorMs: 1,
    natsRoundTripMs: 0.4,
    cpus: 4,
    load: 0.5,
    processMemory: 0.1 * GiB,
    hostMemory: 8 * GiB,
    availableMemory: 4 * GiB,
    memoryLimit: 0,
    disks: [],
    certificates: [],
    ...changes,
  };
}

export function aBridge(bridge: string, changes: Partial<Bridge> = {}): Bridge {
  return {
    bridge,
    instance: "videobridge-1",
    host: "school-1",
    region: "",
    version: "0.1.0",
    isHealthy: true,
    isDraining: false,
    stress: 0.1,
    endpoints: 2,
    conferences: 1,
    bitsPerSecond: 3_400_000,
    addresses: ["203.0.113.7:10000/udp"],
    warnings: [],
    ...changes,
  };
}

export function aRoom(name: string, changes: Partial<Room> = {}): Room {
  return {
    unit: "main",
    tenant: "main",
    room: `id-${name}`,
    name,
    session: `s-${name}`,
    openedMs: nowMs - 12 * 60_000,
    participants: 2,
    connected: 2,
    calls: 0,
    waiting: 0,
    recordings: 0,
    streams: 0,
    isBreakout: false,
    bridges: [{ bridge: "b1", endpoints: 2 }],
    people: [],
    ...changes,
  };
}

export function aRecorder(changes: Partial<Recorder> = {}): Recorder {
  return {
    recorder: "r1",
    instance: "recorder-1",
    host: "school-1",
    version: "0.1.0",
    isHealthy: true,
    isDraining: false,
    composites: 0,
    tracks: 0,
    isFull: false,
    cpuFraction: 0.2,
    freeDisk: 40 * GiB,
    warnings: [],
    ...changes,
  };
}

export function aGateway(changes: Partial<Gateway> = {}): Gateway {
  return {
    gateway: "g1",
    instance: "sip-gateway-1",
    host: "school-1",
    version: "0.1.0",
    isHealthy: true,
    isDraining: false,
    calls: 0,
    maxCalls: 20,
    stress: 0,
    trunks: [{ trunk: "provider", registration: "registered", sipStatus: 200 }],
    ...changes,
  };
}

/** Everything is well. */
export function aPicture(changes: Partial<Picture> = {}): Picture {
  const names = ["localhost", "meet.school.example"];
  const certificates = [{ use: "public", names, notAfterMs: nowMs + 60 * day }];
  return {
    ...emptyPicture(nowMs),
    natsRoundTripMs: 0.4,
    processes: [aProcess("web", { certificates }), aProcess("xmpp"), aProcess("focus"), aProcess("videobridge")],
    bridges: [aBridge("b1")],
    ...changes,
  };
}
