/** What `npm start` shows: its own lines, warnings and errors of the roles; everything is in the log files. */
import { createWriteStream, mkdirSync, renameSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { styleText } from "node:util";
import type { ProcessName } from "./stack.ts";

const important = new Set(["warn", "error", "fatal"]);

export class LogFiles {
  readonly directory: string;
  readonly #files = new Map<string, WriteStream>();

  /** Keeps the files of the run before as `<name>.log.1`. */
  constructor(directory: string) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  write(from: ProcessName, line: string): void {
    let file = this.#files.get(from);
    if (!file) {
      const path = join(this.directory, `${from}.log`);
      try {
        renameSync(path, `${path}.1`);
      } catch {
        // There was no run before.
      }
      file = createWriteStream(path, { mode: 0o600 });
      this.#files.set(from, file);
    }
    file.write(`${line}\n`);
  }
}

/** The line for the terminal, or undefined where it is for the log file alone. */
export function terminalLine(from: ProcessName, line: string, isVerbose: boolean): string | undefined {
  const entry = readEntry(line);
  const isImportant = entry ? important.has(entry.level) : from !== "nats" || /\[(ERR|FTL)\]/.test(line);
  if (!isVerbose && !isImportant) return undefined;
  return `${styleText("dim", from.padEnd(11))} ${entry ? entry.text : line}`;
}

function readEntry(line: string): { level: string; text: string } | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const { level, msg, time: _time, role: _role, pid: _pid, hostname: _hostname, ...rest } = JSON.parse(line);
    const details = Object.keys(rest).length > 0 ? ` ${styleText("dim", JSON.stringify(rest))}` : "";
    return { level: String(level), text: `${msg ?? ""}${details}` };
  } catch {
    return undefined;
  }
}
