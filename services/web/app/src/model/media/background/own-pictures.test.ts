import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_OWN, readOwn } from "./own-pictures.ts";

test("only pictures of the form we keep are taken from the browser, and no more than there may be", () => {
  const good = { id: "own-1", data: "data:image/jpeg;base64,AAAA" };
  assert.deepEqual(readOwn([good, { id: "own-2", data: "https://elsewhere.example/x.jpg" }, { id: "x" }, null, 7]), [
    good,
  ]);
  assert.deepEqual(readOwn("rubbish"), []);
  assert.equal(readOwn(Array.from({ length: 9 }, (_, index) => ({ ...good, id: `own-${index}` }))).length, MAX_OWN);
});
