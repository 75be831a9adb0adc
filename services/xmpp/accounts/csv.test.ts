import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeUtf8, readCsv, writeCsvRow } from "./csv.ts";

function fieldsOf(text: string): readonly (readonly string[])[] {
  const table = readCsv(text);
  assert.ok(table.ok);
  return table.rows.map(({ fields }) => fields);
}

test("commas, semicolons and tabs separate, whichever the first row uses", () => {
  for (const separator of [",", ";", "\t"]) {
    const text = `name${separator}group\r\nanna${separator}5а\r\n`;
    assert.deepEqual(fieldsOf(text), [
      ["name", "group"],
      ["anna", "5а"],
    ]);
  }
  assert.deepEqual(fieldsOf('"a,b";c\n1,5;2'), [
    ["a,b", "c"],
    ["1,5", "2"],
  ]);
});

test("quoted fields hold separators, quotes and lines, and rows know the line they begin at", () => {
  const table = readCsv('name,group\n"an""na","5\nа"\n\nboris,6\r\nclara,7');
  assert.deepEqual(table, {
    ok: true,
    rows: [
      { line: 1, fields: ["name", "group"] },
      { line: 2, fields: ['an"na', "5\nа"] },
      { line: 5, fields: ["boris", "6"] },
      { line: 6, fields: ["clara", "7"] },
    ],
  });
});

test("a quote that is not closed, or closed in the middle, is a fault with its line", () => {
  assert.deepEqual(readCsv('name\n"anna\nboris'), {
    ok: false,
    line: 2,
    fault: "a quote that is opened here is not closed",
  });
  const inside = readCsv('name\nx\n"anna"b');
  assert.equal(!inside.ok && inside.line, 3);
});

test("UTF-8 is read with and without its mark; other encodings are not guessed", () => {
  assert.equal(decodeUtf8(Buffer.from("\ufeffимя")), "имя");
  assert.equal(decodeUtf8(Buffer.from("имя")), "имя");
  assert.equal(decodeUtf8(Uint8Array.of(0xe8, 0xec, 0xff)), undefined);
});

test("what is written can be read, and nothing in it is a formula", () => {
  const fields = ["anna", 'an "a"', "a;b", "two\nlines", ""];
  assert.deepEqual(fieldsOf(writeCsvRow(fields).replace(/^/, "a,b,c,d,e\r\n")).at(1), fields);
  assert.equal(writeCsvRow(["=1+1", "@x", "-2", "+3"]), "'=1+1,'@x,'-2,'+3\r\n");
});
