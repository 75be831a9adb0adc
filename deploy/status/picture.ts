/** What runs, as status shows it: plain data, also the answer of `--json`. Times are Unix ms, sizes bytes. */

export type Picture = {
  readonly atMs: number;
  /** Why nothing is known; everything else is empty then. */
  readonly away?: string;
  readonly natsRoundTripMs?: number;
  readonly processes: readonly Process[];
  readonly rooms: readonly Room[];
  readonly roomsLeftOut: number;
  readonly bridges: readonly Bridge[];
  readonly recorders: readonly Recorder[];
  readonly gateways: readonly Gateway[];
  /** What could not be asked, a sentence each. */
  readonly faults: readonly string[];
};

/** One process of a role. Figures are missing where it gave no answer. */
export type Process = {
  readonly role: string;
  readonly instance: string;
  readonly host: string;
  readonly unit: string;
  readonly version: string;
  readonly isAnswering: boolean;
  readonly problems: readonly { readonly part: string; readonly text: string }[];
  readonly addresses: readonly string[];
  readonly uptimeSeconds: number;
  /** Its host's clock less this one's; true to `clockErrorMs`. */
  readonly clockOffsetMs: number;
  readonly clockErrorMs: number;
  readonly natsRoundTripMs?: number;
  readonly cpus: number;
  /** Over a minute. */
  readonly load: number;
  readonly processMemory: number;
  readonly hostMemory: number;
  /** Of the host, or of the container where it has a limit. */
  readonly availableMemory: number;
  readonly memoryLimit: number;
  readonly disks: readonly Disk[];
  readonly certificates: readonly Certificate[];
};

/** `total` 0: it can't be read. */
export type Disk = { readonly name: string; readonly path: string; readonly total: number; readonly free: number };

export type Certificate = { readonly use: string; readonly names: readonly string[]; readonly notAfterMs: number };

export type Room = {
  readonly unit: string;
  readonly tenant: string;
  readonly room: string;
  readonly name: string;
  readonly session: string;
  readonly openedMs: number;
  readonly participants: number;
  readonly connected: number;
  readonly calls: number;
  readonly waiting: number;
  readonly recordings: number;
  readonly streams: number;
  readonly isBreakout: boolean;
  readonly bridges: readonly { readonly bridge: string; readonly endpoints: number }[];
  /** Only where they were asked for. */
  readonly people: readonly Person[];
};

export type Person = {
  readonly endpoint: string;
  /** Empty: not known. */
  readonly name: string;
  readonly kind: string;
  readonly role: string;
  readonly bridge: string;
  readonly isInterrupted: boolean;
};

export type Bridge = {
  readonly bridge: string;
  /** Of the process that said this. */
  readonly instance: string;
  readonly host: string;
  readonly region: string;
  readonly version: string;
  readonly isHealthy: boolean;
  readonly isDraining: boolean;
  /** 1: as much as it should carry. */
  readonly stress: number;
  readonly endpoints: number;
  readonly conferences: number;
  readonly bitsPerSecond: number;
  readonly addresses: readonly string[];
  readonly warnings: readonly string[];
};

export type Recorder = {
  readonly recorder: string;
  /** Of the process that said this. */
  readonly instance: string;
  readonly host: string;
  readonly version: string;
  readonly isHealthy: boolean;
  readonly isDraining: boolean;
  readonly composites: number;
  readonly tracks: number;
  readonly isFull: boolean;
  readonly cpuFraction: number;
  readonly freeDisk: number;
  readonly warnings: readonly string[];
};

export type Gateway = {
  readonly gateway: string;
  /** Of the process that said this. */
  readonly instance: string;
  readonly host: string;
  readonly version: string;
  readonly isHealthy: boolean;
  readonly isDraining: boolean;
  readonly calls: number;
  readonly maxCalls: number;
  readonly stress: number;
  readonly trunks: readonly { readonly trunk: string; readonly registration: string; readonly sipStatus: number }[];
};

export function emptyPicture(atMs: number, away?: string): Picture {
  return {
    atMs,
    ...(away === undefined ? {} : { away }),
    processes: [],
    rooms: [],
    roomsLeftOut: 0,
    bridges: [],
    recorders: [],
    gateways: [],
    faults: [],
  };
}
