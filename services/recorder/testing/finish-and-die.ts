/**
 * Finishes one recording and is killed, by itself and by SIGKILL, at the place that is named: `node finish-and-die.ts
 * <NATS> <root> <place>`. A place "" is none.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bus } from "@veche/kit/bus.ts";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { Library } from "../library/library.ts";
import type { Storage } from "../library/upload/storage.ts";
import { assembleOf, endedIn, libraryOptions, recordingFor } from "./library.ts";

const [url = "", root = "", place = ""] = process.argv.slice(2);

function dieAt(here: string): void {
  if (here === place) process.kill(process.pid, "SIGKILL");
}

const bus = await NatsBus.open(
  { url, user: "", password: "" },
  { role: "recorder", instance: "000000000000", version: "0" },
  { log: silentLog },
);
/** The bus, but for what kills. */
const mortal = new Proxy<Bus>(bus, {
  get(target, name) {
    const value: unknown = Reflect.get(target, name, target);
    if (typeof value !== "function") return value;
    return (...given: unknown[]): unknown => {
      if (name === "replay" && String(given[1]).includes("participant")) dieAt("described");
      const result: unknown = value.apply(target, given);
      if (name !== "record") return result;
      return (result as Promise<void>).then(() => dieAt("told"));
    };
  },
});
const storage: Storage = {
  put: async ({ name }) => {
    if (name === "metadata.json") dieAt("uploaded");
    return `s3://bucket/${name}`;
  },
  get: () => Promise.reject(new Error("not asked here")),
  remove: async () => {},
  has: (location) => location.startsWith("s3://"),
};
const options = libraryOptions(mortal, root, {
  storage,
  assemble: async (ended) => {
    dieAt("assembling");
    const made = await assembleOf("film")(ended);
    dieAt("assembled");
    return made;
  },
  scriptPath: join(root, "..", "finalize.sh"),
});
await writeFile(join(root, "..", "place"), place);
const library = await Library.open(options);
await library.begin(recordingFor());
dieAt("begun");
await library.finish(await endedIn(root));
await library.finishing.settled();
await library[Symbol.asyncDispose]();
await bus[Symbol.asyncDispose]();
