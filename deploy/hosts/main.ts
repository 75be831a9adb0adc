/** `npm run hosts -- …`; in containers `docker compose run --rm hosts …`. */
import { runProgram } from "../users/program.ts";
import { commands } from "./commands.ts";
import { help } from "./help.ts";

await runProgram("hosts", { commands, help }, process.argv.slice(2));
