import assert from "node:assert/strict";
import { test } from "node:test";
import { distance, nearest } from "./nearest.ts";

test("a letter put in, left out, replaced or exchanged with its neighbour is one wrong letter", () => {
  for (const slip of ["JVB_PORTS", "JVB_PRT", "JVB_PURT", "JVB_PROT"])
    assert.equal(distance(slip, "JVB_PORT", 3), 1, slip);
  assert.equal(distance("JVB_PORT", "JVB_PORT", 3), 0);
  assert.equal(distance("", "abc", 3), 3);
  assert.equal(distance("kitten", "sitting", 5), 3);
});

test("beyond what is asked for it is only said that it is beyond", () => {
  assert.equal(distance("kitten", "sitting", 2), 3);
  assert.equal(distance("a", "abcdefgh", 2), 3);
});

test("the nearest is the one with the fewest wrong letters, of several the first", () => {
  const known = ["JVB_PORT", "JVB_TCP_PORT", "JVB_POST"];
  assert.equal(nearest("JVB_POTR", known, 2), "JVB_PORT");
  assert.equal(nearest("JVB_POXT", known, 2), "JVB_PORT");
  assert.equal(nearest("JVB_TPC_PORT", known, 2), "JVB_TCP_PORT");
  assert.equal(nearest("VECHE_VERSION", known, 2), undefined);
});
