/**
 * `npm run bench -- containers`: what the containers of docker-compose.yml take while nothing happens, and how large the images
 * are. See README.md here.
 */
import { setTimeout as pause } from "node:timers/promises";
import { ComposeProject, withoutEngine } from "../../compose/engine.ts";
import { type ContainerMemory, memoryOfContainers, total } from "../../compose/memory.ts";
import { round } from "../figures.ts";

const idleMs = 30_000;
const megabyte = 1e6;

export async function benchContainers(say: (text: string) => void): Promise<object> {
  const skipped = withoutEngine();
  if (skipped) {
    say(`skipped: ${skipped}`);
    return { skipped };
  }
  await using project = await ComposeProject.up();
  const images = await imageSizes(project);
  await pause(idleMs);
  const memory = await memoryOfContainers(project);
  const tables = [...memoryTable(memory), "", ...imageTable(images)];
  for (const line of tables) say(line);
  return { memory: Object.fromEntries(memory), images: Object.fromEntries(images) };
}

async function imageSizes(project: ComposeProject): Promise<ReadonlyMap<string, number>> {
  const lines = await project.docker(
    "images",
    "--filter",
    `reference=veche-*:${project.name}`,
    "--format",
    "{{.Repository}}",
  );
  const names = [...new Set(lines.trim().split("\n"))].sort();
  const sizes = await Promise.all(
    names.map(async (name): Promise<[string, number]> => {
      const bytes = await project.docker("image", "inspect", "--format", "{{.Size}}", `${name}:${project.name}`);
      return [name, round(Number(bytes) / megabyte)];
    }),
  );
  return new Map(sizes);
}

function memoryTable(memory: ReadonlyMap<string, ContainerMemory>): readonly string[] {
  const row = (name: string, { ownMiB, cacheMiB, proportionalMiB }: ContainerMemory) =>
    `  ${name.padEnd(20)} ${[ownMiB, cacheMiB, proportionalMiB ?? "–"].map((each) => `${each}`.padStart(8)).join(" ")}`;
  return [
    `Idle memory after ${idleMs / 1000} s, MiB: charged without cache, cache of files, resident with shared pages divided`,
    ...[...memory].map(([service, figures]) => row(service, figures)),
    row("all", total(memory)),
  ];
}

function imageTable(images: ReadonlyMap<string, number>): readonly string[] {
  const rows = [...images].map(([name, size]) => `  ${name.padEnd(20)} ${`${size}`.padStart(8)}`);
  return ["Images, MB, unpacked, each with all its layers", ...rows];
}
