import { statfs } from "node:fs/promises";
import { availableParallelism, freemem, loadavg, networkInterfaces, totalmem } from "node:os";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  Certificate,
  ExamineResponseSchema,
  Load,
  Memory,
} from "@veche/proto/gen/veche/instance/v1/instance_pb.ts";
import type { Bus } from "./bus.ts";
import { systemClock, waitAtMost } from "./clock.ts";
import type { CommonConfig } from "./config.ts";
import type { Context } from "./run.ts";

/** What a role adds to what the kit finds out by itself; asked at each examination. */
export type Particulars = {
  /** Where others reach it: "203.0.113.7:10000/udp", "http://10.0.0.5:9090". */
  readonly addresses?: () => readonly string[];
  /** Directories by what is kept there. */
  readonly directories?: Readonly<Record<string, string>>;
  readonly certificates?: () => readonly (Pick<Certificate, "use" | "names"> & { readonly notAfterMs: number })[];
};

export type Examined = Pick<
  Context<Pick<CommonConfig, "VECHE_HOST_ID" | "VECHE_UNIT">>,
  "role" | "instance" | "version" | "config" | "health"
>;

/** A disk or a NATS server that hangs must not keep the answer. */
const askMs = 1000;

type Disk = NonNullable<MessageInitShape<typeof ExamineResponseSchema>["disks"]>[number];

export async function examine(
  bus: Pick<Bus, "roundTripMs">,
  { role, instance, version, config, health }: Examined,
  { addresses, directories = {}, certificates }: Particulars,
): Promise<MessageInitShape<typeof ExamineResponseSchema>> {
  const [natsRoundTripMs, ...disks] = await Promise.all([
    soon(bus.roundTripMs()),
    ...Object.entries(directories).map(([name, path]) => diskAt(name, path)),
  ]);
  return {
    role,
    instance,
    version,
    hostId: config.VECHE_HOST_ID,
    unit: config.VECHE_UNIT,
    clockMs: BigInt(Date.now()),
    uptimeSeconds: BigInt(Math.floor(process.uptime())),
    addresses: [...(addresses?.() ?? [])],
    interfaceAddresses: interfaceAddresses(),
    load: load(),
    memory: memory(),
    disks,
    ...(natsRoundTripMs === undefined ? {} : { natsRoundTripMs }),
    ready: health.ready,
    problems: [...health.problems].map(([part, text]) => ({ part, text })),
    certificates: (certificates?.() ?? []).map(({ use, names, notAfterMs }) => ({
      use,
      names: [...names],
      notAfterMs: BigInt(notAfterMs),
    })),
  };
}

/** Undefined where `asking` fails or takes too long. */
async function soon<T>(asking: Promise<T>): Promise<T | undefined> {
  let found: T | undefined;
  const noted = asking.then(
    (answer) => {
      found = answer;
    },
    () => undefined,
  );
  await waitAtMost(systemClock, askMs, noted);
  return found;
}

/** A disk of 0 bytes is one that can't be asked. */
async function diskAt(name: string, path: string): Promise<Disk> {
  const found = await soon(statfs(path));
  const { blocks, bavail, bsize } = found ?? { blocks: 0, bavail: 0, bsize: 0 };
  return { name, path, total: BigInt(blocks * bsize), free: BigInt(bavail * bsize) };
}

function interfaceAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith("fe80:"))
    .map(({ address }) => address);
}

function load(): Omit<Load, "$typeName"> {
  const [oneMinute = 0, fiveMinutes = 0, fifteenMinutes = 0] = loadavg();
  const { user, system } = process.cpuUsage();
  return { cpus: availableParallelism(), oneMinute, fiveMinutes, fifteenMinutes, cpuSeconds: (user + system) / 1e6 };
}

function memory(): Omit<Memory, "$typeName"> {
  const { rss, heapUsed } = process.memoryUsage();
  const total = totalmem();
  const constrained = process.constrainedMemory();
  // Where there is no limit the kernel answers with one that no machine has.
  const limit = constrained < total ? constrained : 0;
  return {
    process: BigInt(rss),
    heap: BigInt(heapUsed),
    hostTotal: BigInt(total),
    hostAvailable: BigInt(freemem()),
    limit: BigInt(limit),
    available: BigInt(Math.round(process.availableMemory())),
  };
}
