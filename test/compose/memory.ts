/** What the containers of an installation take, as the kernel counts it for each of them. */

import { round } from "../bench/figures.ts";
import { memoryOf } from "../bench/memory.ts";
import type { ComposeProject } from "./engine.ts";

const mebibyte = 2 ** 20;

export type ContainerMemory = {
  /** Charged to the container (memory.current), without what is in the cache of files and can be dropped at any time. */
  readonly ownMiB: number;
  /** That cache: pages of files that this container was the first to read. */
  readonly cacheMiB: number;
  /**
   * Resident in its processes, pages that several share divided among them: with its share of Node's program, which is the cache's,
   * and mostly charged to nobody here. Undefined where the processes of containers can't be looked into (no root, another machine).
   */
  readonly proportionalMiB: number | undefined;
};

export async function memoryOfContainers(project: ComposeProject): Promise<ReadonlyMap<string, ContainerMemory>> {
  const running = (await project.containers()).filter(({ State }) => State === "running");
  const figures = await Promise.all(
    running.map(async (container): Promise<[string, ContainerMemory]> => {
      const charged = readCharged(await project.docker("exec", container.Name, "sh", "-c", readCgroup));
      const pids = (await project.docker("top", container.Name, "-o", "pid")).match(/\d+/g) ?? [];
      return [container.Service, { ...charged, proportionalMiB: proportional(pids.map(Number)) }];
    }),
  );
  return new Map(figures.sort(([one], [other]) => one.localeCompare(other)));
}

export function total(figures: ReadonlyMap<string, ContainerMemory>): ContainerMemory {
  const all = [...figures.values()];
  const sum = (values: readonly number[]) => round(values.reduce((so, each) => so + each, 0));
  const parts = all.map(({ proportionalMiB }) => proportionalMiB).filter((each) => each !== undefined);
  return {
    ownMiB: sum(all.map(({ ownMiB }) => ownMiB)),
    cacheMiB: sum(all.map(({ cacheMiB }) => cacheMiB)),
    proportionalMiB: parts.length === all.length ? sum(parts) : undefined,
  };
}

/** Second version of cgroups, or first: bytes in all, then the statistics. */
const readCgroup = `
  cd /sys/fs/cgroup
  if [ -r memory.current ]; then cat memory.current memory.stat
  else cat memory/memory.usage_in_bytes memory/memory.stat; fi`;

function readCharged(text: string): Pick<ContainerMemory, "ownMiB" | "cacheMiB"> {
  const field = (name: string) => Number(new RegExp(`^(?:total_)?${name} (\\d+)$`, "m").exec(text)?.[1] ?? Number.NaN);
  const cache = field("active_file") + field("inactive_file");
  return { ownMiB: round((Number.parseInt(text, 10) - cache) / mebibyte), cacheMiB: round(cache / mebibyte) };
}

function proportional(pids: readonly number[]): number | undefined {
  try {
    return round(pids.reduce((sum, pid) => sum + memoryOf(pid).proportionalMiB, 0));
  } catch {
    return undefined;
  }
}
