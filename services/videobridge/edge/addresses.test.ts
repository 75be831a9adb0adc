import assert from "node:assert/strict";
import { test } from "node:test";
import { readConfig } from "@veche/kit/config.ts";
import { bridgeIdOf, schema } from "../config.ts";
import {
  chooseAddresses,
  formatEndpoint,
  isPrivateAddress,
  listenAddresses,
  readAddressRules,
  readAdvertised,
} from "./addresses.ts";
import { defaultGateways } from "./publishers.ts";

const rules = { listen: ["0.0.0.0"], advertised: [], withPrivate: true };
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

test("both families are listened on and told, unless the host has but one", () => {
  assert.deepEqual(listenAddresses("", true), ["0.0.0.0", "::"]);
  assert.deepEqual(listenAddresses("", false), ["0.0.0.0"]);
  assert.deepEqual(listenAddresses("::", true), ["::"]);
  const both = { ...rules, listen: ["0.0.0.0", "::"] };
  const addresses = ["10.0.0.5", "2001:db8::5"];
  assert.deepEqual(chooseAddresses(both, addresses), [{ ip: "10.0.0.5" }, { ip: "2001:db8::5" }]);
  assert.deepEqual(chooseAddresses({ ...rules, listen: ["::"] }, addresses), [{ ip: "2001:db8::5" }]);
  assert.deepEqual(chooseAddresses({ ...rules, listen: ["::"] }, []), [{ ip: "::1" }]);
});

test("IPv6 addresses are given plain, in brackets, or with a port", () => {
  assert.deepEqual(readAdvertised("2001:db8::7"), { ip: "2001:db8::7" });
  assert.deepEqual(readAdvertised("[2001:db8::7]#20000"), { ip: "2001:db8::7", udpPort: 20_000 });
  assert.deepEqual(readAdvertised("2001:db8::7#20000"), { ip: "2001:db8::7", udpPort: 20_000 });
  assert.equal(formatEndpoint("2001:db8::7", 10_000), "[2001:db8::7]:10000");
});

test("what STUN says comes after what the operator says, with the ports that were found to lead here", () => {
  const advertised = ["203.0.113.7#20000"];
  const found = { mapped: ["198.51.100.9"], udpPort: 10_002, tcpPort: 4_445 };
  assert.deepEqual(chooseAddresses({ ...rules, advertised, withPrivate: false }, host, found), [
    { ip: "203.0.113.7", udpPort: 20_000, tcpPort: 4_445 },
    { ip: "198.51.100.9", udpPort: 10_002, tcpPort: 4_445 },
  ]);
});

test("addresses of one network alone are told from public ones", () => {
  for (const ip of ["10.1.2.3", "192.168.0.1", "172.31.0.1", "100.64.0.1", "127.0.0.1", "fd00::2", "::1"])
    assert.ok(isPrivateAddress(ip), ip);
  for (const ip of ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8::1"]) assert.ok(!isPrivateAddress(ip), ip);
});

test("the way out of a container is the host", () => {
  const head = "Iface\tDestination\tGateway \tFlags";
  assert.deepEqual(defaultGateways(`${head}\neth0\t00000000\t010012AC\t0003\neth0\t000012AC\t00000000\t0001\n`), [
    "172.18.0.1",
  ]);
  assert.deepEqual(defaultGateways(""), []);
});

test("a bridge that listens on one address tells only that one", () => {
  assert.deepEqual(chooseAddresses({ ...rules, listen: ["10.0.0.5"] }, host), [{ ip: "10.0.0.5" }]);
});

for (const text of ["example.org", "203.0.113.7#0", "203.0.113.7#99999", "1.2.3", "::x"])
  test(`${text} is no address to advertise, and the start says so`, () => {
    const config = readConfig(schema, { JVB_ADVERTISE_IPS: `10.0.0.1,${text}` });
    assert.throws(() => readAddressRules(config), { message: new RegExp(`JVB_ADVERTISE_IPS: .* found "${text}"$`) });
  });

test("the bridge's id is stable over restarts and fits into subjects and paths", () => {
  assert.equal(bridgeIdOf({ VECHE_BRIDGE_ID: "", VECHE_HOST_ID: "school 5.example" }), "jvb-school-5-example");
  assert.equal(bridgeIdOf({ VECHE_BRIDGE_ID: "b7", VECHE_HOST_ID: "x" }), "b7");
  assert.throws(() => readConfig(schema, { VECHE_BRIDGE_ID: "a b" }), /VECHE_BRIDGE_ID: expected 1 to 64 letters/);
});
