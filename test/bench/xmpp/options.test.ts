import assert from "node:assert/strict";
import { test } from "node:test";
import { readOptions } from "./options.ts";

test("options are read, and what they don't know is refused", () => {
  assert.deepEqual(readOptions(["--servers", "veche", "--transports", "bosh", "--rooms", "50,500"]), {
    servers: ["veche"],
    transports: ["bosh"],
    rooms: [50, 500],
    rounds: 1,
    seconds: 5,
    hasConnecting: true,
  });
  assert.throws(() => readOptions(["--servers", "openfire"]), /expected some of veche,prosody,ejabberd/);
  assert.throws(() => readOptions(["--rooms", "1"]), /from 2 to 1000/);
});
