/** Records what a bridge of its own sends, until it is killed: `<directory> <attempt> <clips>`. */
import { readFile } from "node:fs/promises";
import { readClip } from "./scripted-bridge.ts";
import { Studio } from "./studio.ts";

const [directory = "", attempt = "1", clips = ""] = process.argv.slice(2);
const read = JSON.parse(await readFile(clips, "utf8")) as Parameters<typeof readClip>[0][];
const studio = await Studio.open();
await studio.record(directory, { attempt: Number(attempt) });
await studio.offer(read.map(readClip));
process.stdout.write("recording\n");
