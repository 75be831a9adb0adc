/** `npm run subscribers -- …`; in containers `docker compose run --rm subscribers …`. */
import { runProgram } from "../users/program.ts";
import { commands } from "./commands.ts";
import { help } from "./help.ts";

await runProgram("subscribers", { commands, help }, process.argv.slice(2));
