/**
 * Finishes one recording and is killed, by itself and by SIGKILL, at the place that is named: `node finish-and-die.ts
 * <NATS> <root> <place> <story>`. A place "" is none. Stories: "own"; "further": recorder r2 has finished it without what
 * is here; "gap": it was r2's, which is away, and lists what it has once it is finished here.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import { silentLog } from "@veche/kit/log.ts";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { RecordingFileSchema } from "@veche/proto/gen/veche/recorder/v1/recorder_pb.ts";
import { setState } from "../library/former.ts";
import { Library } from "../library/library.ts";
import type { Storage } from "../library/upload/storage.ts";
import { assembleOf, endedIn, libraryOptions, recordingFor } from "./library.ts";

const [url = "", root = "", place = "", story = "own"] = process.argv.slice(2);

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
    if (name.endsWith("metadata.json")) dieAt("uploaded");
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
const ended = await endedIn(root);
const library = await Library.open(options);
const { entries } = library;
const fileOfOther = { name: "late.mp4", type: "video/mp4", sizeBytes: 4n, durationSeconds: 1, location: "recorder:r2" };
if (story === "further") {
  const former = [{ recorder: "r1", state: "waiting" }];
  const finished = recordingFor({ recorder: "r2", status: "available", files: [fileOfOther], former });
  if (!(await entries.find("rec1"))) await entries.put(finished);
} else {
  if (story === "gap" && !(await entries.find("rec1"))) await entries.put(recordingFor({ recorder: "r2" }));
  await library.begin(recordingFor());
}
dieAt("begun");
const change = entries.change.bind(entries);
let doing = "claimed";
entries.change = async (recording, how) => {
  dieAt(`before ${doing}`);
  const entry = await change(recording, how);
  if (doing === "claimed" && entry.files.some(({ name }) => name.endsWith("-14.mp4"))) doing = "listed";
  dieAt(doing);
  return entry;
};
await library.finish(ended);
await library.finishing.deliveries.settled();
if (story === "gap") {
  await change("rec1", (entry) => {
    setState(entry, "r2", "listed");
    entry.files = [
      ...entry.files.filter(({ name }) => name !== fileOfOther.name),
      create(RecordingFileSchema, fileOfOther),
    ];
  });
  doing = "amended";
  await library.finishing.lookAgain();
  await library.finishing.deliveries.settled();
}
await library[Symbol.asyncDispose]();
await bus[Symbol.asyncDispose]();
