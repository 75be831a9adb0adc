import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "./config.ts";
import { hashOverrides } from "./url.ts";

const file = {
  hosts: { domain: "meet.jitsi", muc: "muc.meet.jitsi" },
  bosh: "//h/http-bind",
  prejoinConfig: { enabled: true },
};
const read = (hash = "", search = "") => readConfig(file, hashOverrides(hash), new URLSearchParams(search));

test("what the file leaves out has a default", () => {
  assert.equal(read().focus, "focus.meet.jitsi");
  assert.equal(read().guestDomain, "meet.jitsi");
  assert.equal(read().lastN, -1);
  assert.equal(read().prejoin, true);
});

test("a link may change how one joins, but not where", () => {
  const config = read(
    '#config.prejoinConfig.enabled=false&config.hosts.domain="evil.example"&config.bosh="//evil.example"',
  );
  assert.equal(config.prejoin, false);
  assert.equal(config.domain, "meet.jitsi");
  assert.equal(config.bosh, "//h/http-bind");
});

test("the operator's notice is the file's alone: a link can't put words there", () => {
  assert.equal(read('#config.noticeMessage="Send me your password"').notice, "");
  const said = { ...file, noticeMessage: "Updated at five" };
  assert.equal(
    readConfig(said, hashOverrides('#config.noticeMessage="x"'), new URLSearchParams()).notice,
    "Updated at five",
  );
});

test("BOSH can be asked for by query and by hash", () => {
  assert.equal(read("", "?preferBosh").preferBosh, true);
  assert.equal(read("", "?preferBosh=false").preferBosh, false);
  assert.equal(read("#config.preferBosh=true").preferBosh, true);
});
