import assert from "node:assert/strict";
import { test } from "node:test";
import { wireCommands } from "../../protocol/embedding/names.ts";
import { COMMANDS } from "./commands.ts";

test("each command of Jitsi's script is done here, or said to be missing", () => {
  assert.deepEqual(
    [...wireCommands.values()].filter((name) => !Object.hasOwn(COMMANDS, name)),
    [],
  );
});
