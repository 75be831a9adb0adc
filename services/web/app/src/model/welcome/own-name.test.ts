import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_NAME_LENGTH, ownName } from "./own-name.ts";

const silent = { token: undefined, wish: undefined, kept: null, isReadOnly: false };
const tokenOf = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`;

test("the name in the token wins and cannot be changed", () => {
  const token = tokenOf({ context: { user: { name: "Анна Петрова" } } });
  assert.deepEqual(ownName({ ...silent, token, wish: "Ann", kept: "Me" }), { name: "Анна Петрова", isFixed: true });
});

test("the address wins over what the browser kept, and either may be changed", () => {
  assert.deepEqual(ownName({ ...silent, wish: "Ann", kept: "Me" }), { name: "Ann", isFixed: false });
  assert.deepEqual(ownName({ ...silent, kept: "Me" }), { name: "Me", isFixed: false });
  assert.deepEqual(ownName(silent), { name: "", isFixed: false });
});

test("where names may not be changed, only a missing one can be given", () => {
  assert.equal(ownName({ ...silent, wish: "Ann", isReadOnly: true }).isFixed, true);
  assert.equal(ownName({ ...silent, isReadOnly: true }).isFixed, false);
});

test("a token that is none, or says no name, says nothing", () => {
  for (const token of ["", "rubbish", "a.b.c", tokenOf(null), tokenOf({ context: { user: { name: 7 } } }), tokenOf([])])
    assert.deepEqual(ownName({ ...silent, token, kept: "Me" }), { name: "Me", isFixed: false });
});

test("a name is as long as a name may be", () => {
  const long = "ю".repeat(MAX_NAME_LENGTH + 1);
  assert.equal(ownName({ ...silent, wish: long }).name.length, MAX_NAME_LENGTH);
  assert.equal(
    ownName({ ...silent, token: tokenOf({ context: { user: { name: long } } }) }).name.length,
    MAX_NAME_LENGTH,
  );
});
