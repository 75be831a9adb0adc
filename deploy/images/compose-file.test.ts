/** What docker-compose.yml promises of drachtio-server, whose image comes with a known secret and an open port. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { networksOf, oneHost, readComposeFile, type Service } from "./compose-files.ts";

const { services, networks } = readComposeFile(oneHost);
const server = services.drachtio ?? assert.fail("there is no service drachtio");
const gateway = services["sip-gateway-drachtio"] ?? assert.fail("there is no service sip-gateway-drachtio");

function aliasesIn(network: string, { networks: joined = {} }: Service): readonly string[] {
  return Array.isArray(joined) ? [] : ((joined as Exclude<typeof joined, readonly string[]>)[network]?.aliases ?? []);
}

test("neither drachtio-server nor the gateway for it runs unless asked for, nor beside the other gateway", () => {
  for (const service of [server, gateway]) assert.deepEqual(service.profiles, ["drachtio"]);
  assert.deepEqual(services["sip-gateway"]?.profiles, ["sip"]);
});

test("its port for applications is published nowhere, and is on a network that it shares with its gateway alone", () => {
  const sip = ["udp", "tcp"].map((protocol) => `\${VECHE_SIP_PORT:-5060}:\${VECHE_SIP_PORT:-5060}/${protocol}`);
  assert.deepEqual(server.ports, sip);
  for (const [name, { ports = [] }] of Object.entries(services))
    for (const port of ports) assert.doesNotMatch(port, /9022/, name);
  assert.equal(networks.drachtio?.internal, true);
  const members = Object.keys(services).filter((name) => networksOf(services[name] ?? {}).includes("drachtio"));
  assert.deepEqual(members.sort(), ["drachtio", "sip-gateway-drachtio"]);
  assert.equal(server.network_mode, undefined);
  // The script binds the port to the address that this name has, and no other network gives it one.
  assert.deepEqual(aliasesIn("drachtio", server), ["drachtio-admin"]);
  for (const { environment = {} } of [server, gateway])
    assert.equal(environment.VECHE_DRACHTIO_ADDRESS, "drachtio-admin:9022");
  assert.deepEqual(aliasesIn("telephones", server), [server.environment?.VECHE_SIP_ADDRESS]);
});

test("its secret comes from a volume of its own, and stands in no argument and no variable", () => {
  assert.deepEqual(server.entrypoint, ["sh", "/veche/drachtio.sh"]);
  assert.deepEqual(server.command, []);
  assert.equal(server.env_file, undefined);
  for (const { environment = {} } of [server, gateway]) {
    assert.equal(environment.VECHE_DRACHTIO_SECRET_FILE, "/run/veche/drachtio-secret");
    const secrets = Object.keys(environment).filter((name) => /SECRET|PASSWORD/.test(name) && !name.endsWith("_FILE"));
    assert.deepEqual(secrets, []);
  }
  assert.ok(server.volumes?.includes("secrets-drachtio:/run/veche:ro"));
  const holders = Object.keys(services).filter((name) =>
    services[name]?.volumes?.some((one) => /^secrets-drachtio:/.test(one)),
  );
  assert.deepEqual(holders.sort(), ["drachtio", "secrets"]);
});

test("it is started anew whatever ends it, by a tag that stays, and another image may be named", () => {
  assert.equal(server.restart, "always");
  assert.match(server.image ?? "", /^\$\{VECHE_DRACHTIO_IMAGE:-drachtio\/drachtio-server:\d+\.\d+\.\d+\}$/);
  assert.equal(gateway.environment?.VECHE_SIP_SERVER, "drachtio");
});
