import assert from "node:assert/strict";
import { test } from "node:test";
import { readArguments } from "./arguments.ts";
import { Fault } from "./fault.ts";
import { settingsHelp, usersHelp } from "./help.ts";
import { HiddenLine } from "./passwords.ts";
import { settingsCommands } from "./settings.ts";
import { formatTable } from "./table.ts";
import { userCommands } from "./users.ts";

test("what is typed without being shown can be corrected, and is ended or given up as usual", () => {
  const line = new HiddenLine();
  assert.equal(line.type("пароx\u007fль"), "open");
  assert.equal(line.text, "пароль");
  assert.equal(line.type("\u0015new\u001b"), "open");
  assert.equal(line.text, "new");
  assert.equal(line.type("\r"), "ended");
  assert.equal(new HiddenLine().type("pass\u0003"), "cancelled");
});

test("a table has its columns below each other, whatever the letters", () => {
  const table = formatTable(
    ["NAME", "GROUP"],
    [
      ["анна.петрова", "5а"],
      ["b", ""],
    ],
  );
  assert.equal(table, "NAME          GROUP\nанна.петрова  5а\nb");
});

test("the help has every command", () => {
  for (const name of Object.keys(userCommands)) assert.match(usersHelp, new RegExp(`^  ${name} `, "m"));
  for (const name of Object.keys(settingsCommands)) assert.ok(settingsHelp.includes(`settings -- ${name} `));
  for (const help of [usersHelp, settingsHelp]) assert.ok(help.split("\n").every(({ length }) => length <= 120));
});

test("words that are missing or too many, and options that are not there, are wrong use", () => {
  const words = { least: 1, most: 1, expected: "one name" };
  const isUsage = (error: unknown) => error instanceof Fault && error.exitCode === 2;
  assert.throws(() => readArguments([], {}, words), isUsage);
  assert.throws(() => readArguments(["a", "b"], {}, words), isUsage);
  assert.throws(() => readArguments(["a", "--b"], {}, words), isUsage);
  assert.deepEqual(readArguments(["a", "--json"], { json: { type: "boolean" } }, words).positionals, ["a"]);
});
