import assert from "node:assert/strict";
import { test } from "node:test";
import { readCsv, writeCsv } from "./csv.ts";

test("what is written is read back, whatever a name holds", () => {
  const rows = [
    ["name", "room"],
    ['Anna "Nyusha", 5a', "line\r\nbreak"],
    ["", "Вера;"],
  ];
  assert.deepEqual(readCsv(writeCsv(rows)), rows);
});

test("semicolons, a mark at the beginning and empty lines are taken as spreadsheets write them", () => {
  assert.deepEqual(readCsv("\uFEFFroom;name\r\n5a;Anna, Petrova\n\n5a; Boris \n"), [
    ["room", "name"],
    ["5a", "Anna, Petrova"],
    ["5a", "Boris"],
  ]);
  assert.throws(() => readCsv('a,b\n"broken'), /line 2: expected fields/);
});

test("no name becomes a formula", () => {
  assert.equal(writeCsv([["=1+1", "@x", "-2", "a=b"]]), "'=1+1,'@x,'-2,a=b\r\n");
});
