import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "@veche/kit/config.ts";
import { bridgeIdOf, schema } from "../config.ts";
import { chooseAddresses, readAddressRules } from "./addresses.ts";

const rules = { listenAddress: "0.0.0.0", advertised: [], withPrivate: true };
const host = ["192.168.1.5", "10.0.0.5"];

test("without a word of the operator clients are told the host's own addresses, loopback only where there is nothing else", () => {
  assert.deepEqual(chooseAddresses(rules, host), [{ ip: "192.168.1.5" }, { ip: "10.0.0.5" }]);
  assert.deepEqual(chooseAddresses(rules, []), [{ ip: "127.0.0.1" }]);
});

test("given addresses come first, each once, with the port that is forwarded; private ones can be kept back", () => {
  const advertised = ["203.0.113.7#20000", "192.168.1.5"];
  assert.deepEqual(chooseAddresses({ ...rules, advertised }, host), [
    { ip: "203.0.113.7", udpPort: 20_000 },
    { ip: "192.168.1.5" },
    { ip: "10.0.0.5" },
  ]);
  assert.deepEqual(chooseAddresses({ ...rules, advertised, withPrivate: false }, host), [
    { ip: "203.0.113.7", udpPort: 20_000 },
    { ip: "192.168.1.5" },
  ]);
});

test("a bridge that listens on one address tells only that one", () => {
  assert.deepEqual(chooseAddresses({ ...rules, listenAddress: "10.0.0.5" }, host), [{ ip: "10.0.0.5" }]);
});

for (const text of ["example.org", "203.0.113.7#0", "203.0.113.7#99999", "1.2.3", "::1"])
  test(`${text} is no address to advertise, and the start says so`, () => {
    const config = readConfig(schema, { JVB_ADVERTISE_IPS: `10.0.0.1,${text}` });
    assert.throws(() => readAddressRules(config), { message: new RegExp(`JVB_ADVERTISE_IPS: .* found "${text}"$`) });
  });

test("the bridge's id is stable over restarts and fits into subjects and paths", () => {
  assert.equal(bridgeIdOf({ VECHE_BRIDGE_ID: "", VECHE_HOST_ID: "school 5.example" }), "jvb-school-5-example");
  assert.equal(bridgeIdOf({ VECHE_BRIDGE_ID: "b7", VECHE_HOST_ID: "x" }), "b7");
  assert.throws(() => readConfig(schema, { VECHE_BRIDGE_ID: "a b" }), /VECHE_BRIDGE_ID: expected 1 to 64 letters/);
});
