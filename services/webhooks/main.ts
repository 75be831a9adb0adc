import { run } from "@veche/kit/run.ts";
import { schema } from "./config.ts";
import { start } from "./service.ts";

await run("webhooks", schema, start);
