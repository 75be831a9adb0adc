import assert from "node:assert/strict";
import { test } from "node:test";
import { loginProblem } from "./login-problem.ts";

test("a wrong password is told apart from too many of them, and from a server in trouble", () => {
  assert.equal(loginProblem("not-authorized"), "wrong");
  assert.equal(loginProblem("temporary-auth-failure"), "blocked");
  assert.equal(loginProblem("account-disabled"), "disabled");
  assert.equal(loginProblem("invalid-mechanism"), "insecure");
  assert.equal(loginProblem("undefined-condition"), "unreachable");
});
