/** `npm run users -- …`, `npm run settings -- …`; `users …`, `settings …` in the xmpp container. */
import { Fault } from "./fault.ts";
import { settingsHelp, usersHelp } from "./help.ts";
import { settingsCommands } from "./settings.ts";
import { userCommands } from "./users.ts";

const programs = {
  users: { commands: userCommands, help: usersHelp },
  settings: { commands: settingsCommands, help: settingsHelp },
} as const;

const [name = "", command = "", ...args] = process.argv.slice(2);

try {
  await run();
} catch (error) {
  if (!(error instanceof Fault)) throw error;
  console.error(`${name}: ${error.message}`);
  process.exitCode = error.exitCode;
}

async function run(): Promise<void> {
  if (name !== "users" && name !== "settings") throw new Fault("usage", "expected users or settings");
  const { commands, help } = programs[name];
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
