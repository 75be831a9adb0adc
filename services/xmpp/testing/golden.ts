import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { Read } from "../codec/reading.ts";
import type { Element } from "../codec/xml/element.ts";
import { serialise } from "../codec/xml/serialise.ts";
import { parse } from "./scripted-client.ts";

const fixtures = new URL("../codec/fixtures/", import.meta.url);

/** A test for each XML in the folder of a specification: what its reader makes of it is the JSON beside it. */
export function testReaders(readers: Readonly<Record<string, (element: Element) => Read<unknown>>>): void {
  for (const [spec, read] of Object.entries(readers)) {
    const folder = new URL(`${spec}/`, fixtures);
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".xml"))) {
      test(`${spec}: ${file} reads as its golden value`, () => {
        const value = read(parse(readFileSync(new URL(file, folder), "utf8")));
        const found = JSON.stringify(value.ok ? value.value : { error: value.error }, null, 2);
        const expected = golden(new URL(file.replace(".xml", ".json"), folder), `${found}\n`);
        assert.deepEqual(JSON.parse(found), JSON.parse(expected));
      });
    }
  }
}

/** A test for each message: what its writer makes of the JSON in `written` is the XML beside it, and is well-formed. */
export function testWriters(writers: Readonly<Record<string, (given: never) => string>>): void {
  for (const [name, write] of Object.entries(writers)) {
    test(`${name} is written as its golden XML`, () => {
      const folder = new URL("written/", fixtures);
      const given: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));
      const found = write(given as never);
      assert.equal(serialise(parse(found)), found);
      assert.equal(`${found}\n`, golden(new URL(`${name}.xml`, folder), `${found}\n`));
    });
  }
}

/** `UPDATE_GOLDEN=1` writes what is missing or different; look at the difference before committing it. */
function golden(file: URL, found: string): string {
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, found);
  assert.ok(existsSync(file), `${file.pathname} is missing`);
  return readFileSync(file, "utf8");
}
