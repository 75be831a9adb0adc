/** A command of the operator's with commands of its own: `npm run hosts -- add …`. */
import { Fault } from "./fault.ts";

export type Command = (args: string[]) => void | Promise<void>;

type Program = { readonly commands: Readonly<Record<string, Command>>; readonly help: string };

/** Runs what the arguments say. What goes wrong is said on standard error and by the exit code (fault.ts). */
export async function runProgram(
  name: string,
  { commands, help }: Program,
  [command = "", ...args]: readonly string[],
): Promise<void> {
  try {
    if (["", "help", "--help", "-h"].includes(command) || args.includes("--help")) {
      console.log(help);
      if (command === "") process.exitCode = 2;
      return;
    }
    const action = Object.hasOwn(commands, command) ? commands[command] : undefined;
    if (!action)
      throw new Fault("usage", `no command "${command}"; there are ${Object.keys(commands).join(", ")} (--help)`);
    await action(args);
  } catch (error) {
    console.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = error instanceof Fault ? error.exitCode : 1;
  }
}
