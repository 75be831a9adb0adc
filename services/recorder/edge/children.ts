/**
 * Children that die with this process, however it dies: `setpriv` (util-linux) asks the kernel to kill them with it
 * (prctl(2), PR_SET_PDEATHSIG). The kernel means the thread that started them, which in Node is the main one.
 */
import { existsSync } from "node:fs";

export type Command = { readonly file: string; readonly args: readonly string[] };

/** Lower than everything that captures: finishing a recording must not disturb another. */
const laterNice = 15;

const setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find((path) => existsSync(path));

/**
 * The same command, bound to this process's life where `setpriv` is (Debian has it always); with `isLater` it also yields
 * the CPU to everything else.
 */
export function bound(file: string, args: readonly string[], { isLater = false } = {}): Command {
  const command = isLater ? { file: "nice", args: ["-n", String(laterNice), file, ...args] } : { file, args };
  if (!setpriv) return command;
  return { file: setpriv, args: ["--pdeathsig", "KILL", command.file, ...command.args] };
}
