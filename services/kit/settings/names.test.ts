import assert from "node:assert/strict";
import { test } from "node:test";
import { checkNames, ignoredLine, type KnownSettings, type NameSource } from "./names.ts";

const known: KnownSettings = {
  honoured: ["DOCKER_HOST_ADDRESS", "ENABLE_AUTH", "HTTP_PORT", "JVB_ADVERTISE_IPS", "JVB_PORT", "VECHE_PASS_SETTINGS"],
  ignored: { LDAP_URL: "no LDAP server is asked", ENABLE_JAAS_COMPONENTS: "nothing of 8x8 is here" },
  refused: { PROSODY_RESERVATION_ENABLED: "leave it off" },
};

function faultsOf(names: readonly string[], source: NameSource = "env-file", value = "1"): readonly string[] {
  return checkNames(Object.fromEntries(names.map((name) => [name, value])), known, source).faults;
}

test("a slip is refused with the nearest name, all of them at once", () => {
  assert.deepEqual(faultsOf(["JVB_ADVERTISE_IP", "JVB_PROT", "JVB_PORT"]), [
    "JVB_ADVERTISE_IP: unknown setting; did you mean JVB_ADVERTISE_IPS?",
    "JVB_PROT: unknown setting; did you mean JVB_PORT?",
  ]);
});

test("a name that begins like a setting and is like none is refused too, and told how it may pass", () => {
  assert.deepEqual(faultsOf(["VECHE_MY_OWN"], "process"), [
    "VECHE_MY_OWN: unknown setting; deploy/SETTINGS.md has all there are, and VECHE_PASS_SETTINGS=VECHE_MY_OWN lets it pass",
  ]);
});

test("a name without our beginnings is refused where it differs in a letter or two, the more the longer it is", () => {
  assert.deepEqual(faultsOf(["HTTP_PROT", "ENABLE_ATUH", "DOCKER_HOST_ADRES"], "process").length, 3);
  assert.deepEqual(faultsOf(["HTTP_PROXY", "HTTPS_PROXY", "JV_PORT", "DOCKER_HOST", "ENABLE_FOO"], "process"), []);
});

test("what begins as others' variables do is a slip in an env file, and none in a shell", () => {
  assert.deepEqual(faultsOf(["DISABLE_TELEMETRY"], "process"), []);
  assert.match(faultsOf(["DISABLE_TELEMETRY"])[0] ?? "", /^DISABLE_TELEMETRY: unknown setting/);
});

test("letters in the wrong case are a slip; names of npm and proxies in lower case are none", () => {
  assert.deepEqual(faultsOf(["Jvb_Port"], "process"), ["Jvb_Port: unknown setting; did you mean JVB_PORT?"]);
  assert.deepEqual(faultsOf(["npm_config_port", "http_proxy", "http_port", "no_proxy"], "process"), []);
});

test("known names of which nothing comes are listed once, those that are empty not at all", () => {
  const findings = checkNames({ LDAP_URL: "ldaps://x", ENABLE_JAAS_COMPONENTS: "" }, known, "env-file");
  assert.deepEqual(findings.faults, []);
  assert.deepEqual(findings.ignored, [{ name: "LDAP_URL", why: "no LDAP server is asked" }]);
  assert.match(ignoredLine(findings) ?? "", /known, but nothing comes of it here .*: LDAP_URL$/);
  assert.equal(ignoredLine({ faults: [], ignored: [] }), undefined);
});

test("a protection that is not there is refused unless it is off", () => {
  for (const off of ["", "0", "false", "no"])
    assert.deepEqual(faultsOf(["PROSODY_RESERVATION_ENABLED"], "process", off), []);
  assert.deepEqual(faultsOf(["PROSODY_RESERVATION_ENABLED"]), ["PROSODY_RESERVATION_ENABLED: leave it off"]);
});

test("names pass by VECHE_PASS_SETTINGS, whole or by their beginning", () => {
  const env = { VECHE_MINE: "1", ENABLE_X: "1", ENABLE_Y: "1", VECHE_PASS_SETTINGS: "VECHE_MINE, ENABLE_*" };
  assert.deepEqual(checkNames(env, known, "env-file").faults, []);
  assert.equal(checkNames({ ...env, VECHE_MINER: "1" }, known, "env-file").faults.length, 1);
});

test("names that JavaScript's objects have are nobody's", () => {
  assert.deepEqual(faultsOf(["constructor", "__proto__", "toString", "hasOwnProperty"], "env-file"), []);
});
