/** `npm run gen`: everything that is generated and committed. */
import { join } from "node:path";
import { writeGenerated } from "./generated.ts";
import { execute, root } from "./step.ts";

const { isGood, output } = await execute("buf", ["generate"], join(root, "proto"));
if (!isGood) throw new Error(`buf generate: ${output}`);
await writeGenerated();
