import assert from "node:assert/strict";
import { test } from "node:test";
import { readNameAddress, uriOf } from "./party.ts";

test("an address is found behind any display name", () => {
  assert.equal(uriOf('"Eve <sip:admin@school>" <sip:eve@there;user=phone>;tag=1'), "sip:eve@there;user=phone");
  assert.equal(uriOf('"a\\"<sip:b@c>" <sip:d@e>'), "sip:d@e");
  assert.equal(uriOf("sip:d@e;tag=1"), "sip:d@e");
  assert.equal(uriOf(undefined), "");
});

test("names, addresses and numbers are read as a party", () => {
  const eve = { user: "eve", host: "there", displayName: "Eve <sip:admin@school>" };
  assert.deepEqual(readNameAddress('"Eve <sip:admin@school>" <sip:eve@there:5070>'), eve);
  assert.deepEqual(readNameAddress("<tel:+7495>"), { user: "+7495", host: "", displayName: "" });
  assert.equal(readNameAddress("nonsense"), undefined);
});
