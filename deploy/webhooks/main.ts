/** `npm run webhooks -- …`; in containers `docker compose run --rm webhooks-admin …`. */
import { runProgram } from "../users/program.ts";
import { commands } from "./commands.ts";
import { help } from "./help.ts";

await runProgram("webhooks", { commands, help }, process.argv.slice(2));
