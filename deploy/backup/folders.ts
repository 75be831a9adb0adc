/** Folders of small files, such as the secrets: out of them into a backup, and back. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../nats/files.ts";

/** Within the folder itself, which may be a volume of its own: what is renamed has to stay on it. */
const staging = ".restored";

/** Paths below the folder, with slashes. Nothing of a restore that was ended, no half-written file, no lock. */
export function filesOf(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.startsWith(staging) && !/\.(new|lock)$/.test(path) && statSync(join(folder, path)).isFile())
    .sort();
}

export function readIn(folder: string, path: string): Buffer {
  return readFileSync(join(folder, path));
}

/** Takes the place of what is in a folder: all at once, when every file of it is on the disk. */
export class FolderReplacement {
  readonly #folder: string;
  readonly #staging: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#staging = join(folder, staging);
    rmSync(this.#staging, { recursive: true, force: true });
    mkdirSync(this.#staging, { recursive: true, mode: 0o700 });
  }

  add(path: string, content: Buffer): void {
    writeWhole(join(this.#staging, path), content);
  }

  commit(): void {
    for (const name of readdirSync(this.#folder))
      if (name !== staging) rmSync(join(this.#folder, name), { recursive: true, force: true });
    for (const name of readdirSync(this.#staging)) renameSync(join(this.#staging, name), join(this.#folder, name));
    rmSync(this.#staging, { recursive: true });
  }
}
