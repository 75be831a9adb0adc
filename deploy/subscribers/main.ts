/** `npm run subscribers -- …`; in containers `docker compose run --rm subscribers …`. */
import { Fault } from "../users/fault.ts";
import { commands } from "./commands.ts";
import { help } from "./help.ts";

const [command = "", ...args] = process.argv.slice(2);

try {
  await run();
} catch (error) {
  console.error(`subscribers: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof Fault ? error.exitCode : 1;
}

async function run(): Promise<void> {
  if (["", "help", "--help", "-h"].includes(command) || args.includes("--help")) {
    console.log(help);
    if (command === "") process.exitCode = 2;
    return;
  }
  const action = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (!action)
    throw new Fault("usage", `no command "${command}"; there are ${Object.keys(commands).join(", ")} (--help)`);
  await action(args);
}
