import assert from "node:assert/strict";
import { test } from "node:test";
import { AllowedOrigins } from "./origins.ts";

const allowed = (setting: readonly string[], origin: string | undefined) =>
  new AllowedOrigins(setting).allows(origin, () => "meet.example");

test("by default pages of every site may use the server", () => {
  assert.equal(allowed(["true"], "https://elsewhere.example"), true);
  const headers = new AllowedOrigins(["true"]).headersFor("https://elsewhere.example", () => "meet.example");
  assert.equal(headers["Access-Control-Allow-Origin"], "*");
});

test("otherwise only its own, and those that are listed by origin or host", () => {
  const setting = ["https://school.example/", "intranet.example:8443"];
  assert.equal(allowed(setting, "https://meet.example"), true);
  assert.equal(allowed(setting, "HTTPS://School.Example"), true);
  assert.equal(allowed(setting, "http://school.example"), false);
  assert.equal(allowed(setting, "https://intranet.example:8443"), true);
  assert.equal(allowed(setting, "https://intranet.example"), false);
  assert.equal(allowed(setting, "null"), false);
  assert.equal(allowed(["false"], "https://elsewhere.example"), false);
});

test("who says no origin is no page", () => {
  assert.equal(allowed(["false"], undefined), true);
});

test("a page that is not let in gets no header of CORS", () => {
  const headers = new AllowedOrigins(["false"]).headersFor("https://elsewhere.example", () => "meet.example");
  assert.deepEqual(headers, { Vary: "Origin" });
});
