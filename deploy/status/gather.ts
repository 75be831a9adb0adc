/** Asks everything that answers over NATS, at the same time, and puts it into one picture. */
import { toVecheError } from "@veche/kit/errors.ts";
import { valuesIn } from "@veche/kit/nats-bucket.ts";
import type { NatsLink } from "@veche/kit/nats-link.ts";
import { requestOver } from "@veche/kit/nats-request.ts";
import type { NatsStorage } from "@veche/kit/nats-storage.ts";
import { type BridgeHeartbeat, BridgeHeartbeatSchema } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import { PersonSchema } from "@veche/proto/gen/veche/conference/v1/conference_pb.ts";
import type { RoomOverview } from "@veche/proto/gen/veche/focus/v1/focus_pb.ts";
import { type GatewayState, GatewayStateSchema } from "@veche/proto/gen/veche/gateway/v1/gateway_pb.ts";
import { type RecorderState, RecorderStateSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { buckets } from "@veche/proto/storage.ts";
import { instance as contracts } from "@veche/proto/subjects.ts";
import { type Examined, examineInstance, findInstances, type Instance } from "../observability/instances.ts";
import type { Bridge, Gateway, Picture, Process, Recorder, Room } from "./picture.ts";

export type Asking = {
  readonly link: NatsLink;
  readonly storage: NatsStorage;
  /** List who is in the rooms, with their names. */
  readonly withPeople: boolean;
};

type Sink = (what: string, error: unknown) => undefined;

export async function gather({ link, storage, withPeople }: Asking): Promise<Picture> {
  const faults: string[] = [];
  const note: Sink = (what, error) => void faults.push(`${what}: ${toVecheError(error).message}`);
  const found = await findInstances(link);
  const [processes, overviews, bridges, recorders, gateways, names, natsRoundTripMs] = await Promise.all([
    Promise.all(found.map((one) => examine(link, one))),
    Promise.all(found.filter(({ role }) => role === "focus").map((one) => roomsOf(link, one, withPeople, note))),
    valuesIn(storage, buckets.bridges, BridgeHeartbeatSchema).catch((error) => note("bridges", error)),
    valuesIn(storage, buckets.recorders, RecorderStateSchema).catch((error) => note("recorders", error)),
    valuesIn(storage, buckets.gateways, GatewayStateSchema).catch((error) => note("gateways", error)),
    withPeople ? personNames(storage, note) : new Map<string, string>(),
    roundTrip(link),
  ]);
  const units = new Map(processes.map(({ instance, unit }) => [instance, unit]));
  const answers = overviews.filter((answer) => answer !== undefined);
  return {
    atMs: Date.now(),
    ...(natsRoundTripMs === undefined ? {} : { natsRoundTripMs }),
    processes,
    rooms: answers
      .flatMap(({ instance, rooms }) => rooms.map((room) => roomFrom(room, units.get(instance) ?? "", names)))
      .sort((one, other) => other.participants - one.participants || (one.name < other.name ? -1 : 1)),
    roomsLeftOut: answers.reduce((sum, { leftOut }) => sum + leftOut, 0),
    bridges: present(bridges).map(bridgeFrom),
    recorders: present(recorders).map(recorderFrom),
    gateways: present(gateways).map(gatewayFrom),
    faults,
  };
}

async function roundTrip(link: NatsLink): Promise<number | undefined> {
  const askedAt = performance.now();
  return link.nc.rtt().then(
    () => performance.now() - askedAt,
    () => undefined,
  );
}

async function examine(link: NatsLink, found: Instance): Promise<Process> {
  const examined = await examineInstance(link, found).catch(() => undefined);
  return examined ? processFrom(examined) : silentProcess(found);
}

async function roomsOf(link: NatsLink, { role, instance, host }: Instance, withPeople: boolean, note: Sink) {
  const body = JSON.stringify({ withPeople });
  const asking = requestOver(link, contracts.rooms, { role, instance }, body, { limitMs: 3000 });
  return asking.then(
    ({ rooms, leftOut }) => ({ instance, rooms, leftOut }),
    (error) => note(`rooms of the focus on ${host}`, error),
  );
}

async function personNames(storage: NatsStorage, note: Sink): Promise<ReadonlyMap<string, string>> {
  const people = await valuesIn(storage, buckets.persons, PersonSchema).catch((error) => note("persons", error));
  return new Map(present(people).map(({ key, value }) => [key, value.displayName]));
}

function present<T>(values: readonly T[] | undefined): readonly T[] {
  return values ?? [];
}

function silentProcess({ role, instance, host, version }: Instance): Process {
  return {
    role,
    instance,
    host,
    version,
    unit: "",
    isAnswering: false,
    problems: [],
    addresses: [],
    uptimeSeconds: 0,
    clockOffsetMs: 0,
    clockErrorMs: 0,
    cpus: 0,
    load: 0,
    processMemory: 0,
    hostMemory: 0,
    availableMemory: 0,
    memoryLimit: 0,
    disks: [],
    certificates: [],
  };
}

function processFrom({ found, answer, clockOffsetMs, tookMs }: Examined): Process {
  const { load, memory, natsRoundTripMs } = answer;
  return {
    ...silentProcess(found),
    host: answer.hostId,
    unit: answer.unit,
    isAnswering: true,
    problems: answer.problems.map(({ part, text }) => ({ part, text })),
    addresses: answer.addresses,
    uptimeSeconds: Number(answer.uptimeSeconds),
    clockOffsetMs,
    clockErrorMs: tookMs / 2,
    ...(natsRoundTripMs === undefined ? {} : { natsRoundTripMs }),
    cpus: load?.cpus ?? 0,
    load: load?.oneMinute ?? 0,
    processMemory: Number(memory?.process ?? 0),
    hostMemory: Number(memory?.limit || memory?.hostTotal || 0),
    availableMemory: Number(memory?.available ?? 0),
    memoryLimit: Number(memory?.limit ?? 0),
    disks: answer.disks.map(({ name, path, total, free }) => ({
      name,
      path,
      total: Number(total),
      free: Number(free),
    })),
    certificates: answer.certificates.map(({ use, names, notAfterMs }) => ({
      use,
      names,
      notAfterMs: Number(notAfterMs),
    })),
  };
}

function roomFrom(room: RoomOverview, unit: string, names: ReadonlyMap<string, string>): Room {
  return {
    unit,
    tenant: room.tenant,
    room: room.room,
    name: room.name,
    session: room.session,
    openedMs: Number(room.openedMs),
    participants: room.participants,
    connected: room.connected,
    calls: room.calls,
    waiting: room.waiting,
    recordings: room.recordings,
    streams: room.streams,
    isBreakout: room.mainRoom !== "",
    bridges: room.bridges.map(({ bridge, endpoints }) => ({ bridge, endpoints })),
    people: room.people.map(({ endpoint, person, kind, role, bridge, interrupted }) => ({
      endpoint,
      name: names.get(person) ?? "",
      kind,
      role,
      bridge,
      isInterrupted: interrupted,
    })),
  };
}

function bridgeFrom({ value }: { readonly value: BridgeHeartbeat }): Bridge {
  return {
    bridge: value.bridge,
    instance: value.instance,
    host: value.hostId,
    region: value.region,
    version: value.version,
    isHealthy: value.healthy,
    isDraining: value.draining,
    stress: value.stress,
    endpoints: value.endpoints,
    conferences: value.conferences,
    bitsPerSecond: value.bitsPerSecond,
    addresses: value.addresses,
    warnings: value.warnings,
  };
}

function recorderFrom({ value }: { readonly value: RecorderState }): Recorder {
  return {
    recorder: value.recorder,
    instance: value.instance,
    host: value.hostId,
    version: value.version,
    isHealthy: value.healthy,
    isDraining: value.draining,
    composites: value.composites,
    tracks: value.tracks,
    isFull: value.compositeFull && value.tracksFull,
    cpuFraction: value.cpuFraction,
    freeDisk: Number(value.freeDiskBytes),
    warnings: value.warnings,
  };
}

function gatewayFrom({ value }: { readonly value: GatewayState }): Gateway {
  return {
    gateway: value.gateway,
    instance: value.instance,
    host: value.hostId,
    version: value.version,
    isHealthy: value.healthy,
    isDraining: value.draining,
    calls: value.calls,
    maxCalls: value.maxCalls,
    stress: value.stress,
    trunks: value.trunks.map(({ trunk, registration, sipStatus }) => ({ trunk, registration, sipStatus })),
  };
}
