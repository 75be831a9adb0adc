import assert from "node:assert/strict";
import { test } from "node:test";
import { keepWithHost, onKept, remember, remembered } from "./remembered.ts";

test("what the page around keeps is read, changed and handed back whole, and rubbish is nothing", () => {
  const told: string[] = [];
  keepWithHost('{"veche":{"displayName":"Ann"}}');
  onKept((content) => told.push(content));
  assert.equal(remembered("displayName"), "Ann");
  assert.equal(remembered("theme"), null);
  remember("theme", "dark");
  assert.deepEqual(
    told.map((each) => JSON.parse(each)),
    [{ veche: { displayName: "Ann", theme: "dark" } }],
  );
  for (const content of [undefined, "{", "[]", '{"veche":7}', "null"]) {
    keepWithHost(content);
    assert.equal(remembered("displayName"), null, String(content));
  }
});
