/** The files of the accounts, under `nats` in the directory of secrets; only their owner reads them. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export class AccountFiles {
  readonly directory: string;

  constructor(secretsDirectory: string) {
    this.directory = join(secretsDirectory, "nats");
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Undefined where there is none. */
  read(name: string): string | undefined {
    return readOrNot(this.path(name));
  }

  write(name: string, text: string): void {
    writeWhole(this.path(name), text);
  }

  /** What stands there, made by `make` where there is nothing yet. */
  ensure(name: string, make: () => string): string {
    const found = this.read(name);
    if (found !== undefined) return found.trim();
    const made = make();
    this.write(name, `${made}\n`);
    return made;
  }

  names(folder: string): string[] {
    try {
      return readdirSync(this.path(folder)).sort();
    } catch {
      return [];
    }
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true, force: true });
  }
}

/** Whole or not at all, on the disk before anybody relies on it, and readable by its owner only. */
export function writeWhole(path: string, text: string | Buffer, mode = 0o600): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(`${path}.new`, text, { mode, flush: true });
  chmodSync(`${path}.new`, mode);
  renameSync(`${path}.new`, path);
}

/** Undefined where there is no such file. */
export function readOrNot(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
