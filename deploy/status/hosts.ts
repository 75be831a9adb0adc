import type { Disk, Process } from "./picture.ts";

/** One host, put together from the processes on it that answered. */
export type Host = {
  readonly host: string;
  /** "web ×2", in the order of the alphabet. */
  readonly roles: readonly string[];
  /** As the process that answered fastest has it, less the clock that counts; true to `clockErrorMs`. */
  readonly clockOffsetMs: number;
  readonly clockErrorMs: number;
  readonly load: number;
  readonly cpus: number;
  readonly memory: number;
  readonly availableMemory: number;
  readonly natsRoundTripMs: number | undefined;
  readonly disks: readonly Disk[];
};

/**
 * Clocks are compared with that of a host with a focus, whose facts have its time; where none answers, with this
 * machine's.
 */
export function hostsOf(processes: readonly Process[]): readonly Host[] {
  const answering = processes.filter(({ isAnswering }) => isAnswering);
  const reference = steadiest(answering.filter(({ role }) => role === "focus"))?.clockOffsetMs ?? 0;
  const byHost = Map.groupBy(answering, ({ host }) => host);
  return [...byHost]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([host, members]) => {
      const clock = steadiest(members);
      if (!clock) return [];
      const roundTrips = members.flatMap(({ natsRoundTripMs }) => natsRoundTripMs ?? []);
      return {
        host,
        roles: countRoles(members),
        clockOffsetMs: clock.clockOffsetMs - reference,
        clockErrorMs: clock.clockErrorMs,
        load: Math.max(...members.map(({ load }) => load)),
        cpus: Math.max(...members.map(({ cpus }) => cpus)),
        memory: Math.max(...members.map(({ hostMemory }) => hostMemory)),
        availableMemory: Math.min(...members.map(({ availableMemory }) => availableMemory)),
        natsRoundTripMs: roundTrips.length === 0 ? undefined : Math.min(...roundTrips),
        disks: distinctDisks(members),
      };
    });
}

function steadiest(members: readonly Process[]): Process | undefined {
  return members.toSorted((one, other) => one.clockErrorMs - other.clockErrorMs)[0];
}

function countRoles(members: readonly Process[]): readonly string[] {
  const counts = Map.groupBy(members, ({ role }) => role);
  return [...counts]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([role, { length }]) => (length === 1 ? role : `${role} ×${length}`));
}

function distinctDisks(members: readonly Process[]): readonly Disk[] {
  const disks = members.flatMap((member) => member.disks);
  return [...new Map(disks.map((disk) => [`${disk.name} ${disk.total} ${disk.free}`, disk])).values()];
}
