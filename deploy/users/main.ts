/** `npm run users -- …`, `npm run settings -- …`; `users …`, `settings …` in the xmpp container. */
import { settingsHelp, usersHelp } from "./help.ts";
import { runProgram } from "./program.ts";
import { settingsCommands } from "./settings.ts";
import { userCommands } from "./users.ts";

const programs = {
  users: { commands: userCommands, help: usersHelp },
  settings: { commands: settingsCommands, help: settingsHelp },
} as const;

const [name = "", ...args] = process.argv.slice(2);

if (name === "users" || name === "settings") await runProgram(name, programs[name], args);
else {
  console.error(`expected users or settings, found "${name}"`);
  process.exitCode = 2;
}
