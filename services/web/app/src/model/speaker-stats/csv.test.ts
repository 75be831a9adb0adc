import assert from "node:assert/strict";
import { test } from "node:test";
import { toCsv } from "./csv.ts";

const lineOf = (...row: string[]) => toCsv([row], ",").slice(1, -2);

test("rows end as spreadsheets want it, after the mark that says which letters these are", () => {
  assert.equal(
    toCsv(
      [
        ["Имя", "Мин"],
        ["Аня", "5"],
      ],
      ";",
    ),
    "\uFEFFИмя;Мин\r\nАня;5\r\n",
  );
});

test("quotes, separators and line breaks stay within their cell", () => {
  assert.equal(lineOf('Zoe "Z", 5a', "a;b", "two\nlines"), '"Zoe ""Z"", 5a","a;b","two\nlines"');
});

test("no cell is a formula", () => {
  for (const start of ["=", "+", "-", "@", "\t", "\r", " ="])
    assert.ok(lineOf(`${start}HYPERLINK(1)`).startsWith(`"'${start}`), JSON.stringify(start));
});
