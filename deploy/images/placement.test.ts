/** What the files of compose/ and docker-compose.yml promise together: the same roles, wherever they stand. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  type ComposeFile,
  exists,
  networksOf,
  oneHost,
  placements,
  readComposeFile,
  root,
  type Service,
  volumesOf,
} from "./compose-files.ts";

const everything = readComposeFile(oneHost);
const pieces = new Map(placements().map((path) => [path, readComposeFile(path)]));
const files = new Map([[oneHost, everything], ...pieces]);

/** What a role is, wherever it stands. */
function nature(service: Service) {
  const { image, build, user, read_only, init, cap_drop, logging, healthcheck, restart, entrypoint, command } = service;
  const { mem_limit, cpus, cpu_shares, pids_limit } = service;
  const limits = { mem_limit, cpus, cpu_shares, pids_limit };
  return { image, build, user, read_only, init, cap_drop, logging, healthcheck, restart, entrypoint, command, limits };
}

function eachService(visit: (service: Service, where: string, file: ComposeFile) => void): void {
  for (const [path, file] of files)
    for (const [name, service] of Object.entries(file.services)) visit(service, `${path}: ${name}`, file);
}

test("there is a file for each placement", () => {
  const wanted = ["signalling", "bridge", "recorder", "gateway", "turn"].map((name) => `compose/${name}.yml`);
  for (const path of wanted) assert.ok(pieces.has(path), path);
});

test("every role of the pieces is on the one host too, and is the same there", () => {
  for (const [path, { services }] of pieces)
    for (const [name, service] of Object.entries(services)) {
      if (name === "join") continue;
      const same = everything.services[name] ?? assert.fail(`${path} has ${name}, ${oneHost} has not`);
      assert.deepEqual(nature(service), nature(same), `${path}: ${name}`);
    }
});

test("every role of the one host is in a piece", () => {
  const placed = new Set([...pieces.values()].flatMap(({ services }) => Object.keys(services)));
  assert.deepEqual(
    Object.keys(everything.services).filter((name) => !placed.has(name)),
    [],
  );
});

test("nats, xmpp and focus can't be placed apart, and it is said why where one would try", () => {
  const unit = ["nats", "xmpp", "focus"];
  for (const [path, { services }] of pieces) {
    const here = unit.filter((name) => name in services);
    assert.deepEqual(here, path === "compose/signalling.yml" ? unit : [], path);
  }
  const { services } = everything;
  const hosts = new Set(["xmpp", "focus"].map((name) => services[name]?.environment?.VECHE_HOST_ID));
  assert.equal(hosts.size, 1);
  assert.match(readFileSync(join(root, "compose/signalling.yml"), "utf8"), /focus and xmpp talk several times/);
});

test("whoever ran the one host before finds the same volumes, networks and profiles", () => {
  const secrets = [
    "nats",
    "xmpp",
    "focus",
    "videobridge",
    "web",
    "recorder",
    "sip-gateway",
    "webhooks",
    "drachtio",
    "turn",
    "operator",
  ];
  const volumes = ["secrets", ...secrets.map((name) => `secrets-${name}`), "sip-gateway", "nats", "web", "recordings"];
  assert.equal(everything.name, "veche");
  for (const name of volumes) assert.deepEqual(everything.volumes[name], {}, name);
  for (const name of ["signalling", "outside", "drachtio"]) assert.ok(name in everything.networks, name);
  const profiles = Object.fromEntries(
    Object.entries(everything.services).flatMap(([name, { profiles = [] }]) => profiles.map((one) => [name, one])),
  );
  const before = {
    recorder: "recorder",
    "sip-gateway": "sip",
    "sip-gateway-drachtio": "drachtio",
    turn: "turn",
    webhooks: "webhooks",
  };
  for (const [name, profile] of Object.entries(before)) assert.equal(profiles[name], profile, name);
  for (const name of ["nats", "xmpp", "focus", "videobridge", "web", "secrets"])
    assert.equal(profiles[name], undefined, name);
});

test("what a service names is there: volumes, networks, other services, folders of the host", () => {
  eachService((service, where, file) => {
    for (const name of volumesOf(service)) assert.ok(name in file.volumes, `${where}: volume ${name}`);
    for (const name of networksOf(service)) assert.ok(name in file.networks, `${where}: network ${name}`);
    for (const name of Object.keys(service.depends_on ?? {}))
      assert.ok(name in file.services, `${where}: waits for ${name}`);
    for (const one of service.volumes ?? [])
      if (one.startsWith(".")) assert.ok(exists(one.split(":")[0] ?? ""), `${where}: ${one}`);
    assert.ok(service.image, where);
    for (const { path, required } of service.env_file ?? []) assert.deepEqual([path, required], [".env", false], where);
  });
});

test("what fills volumes owns them: its image has a folder for each", () => {
  const image = readFileSync(join(root, "deploy/images/Dockerfile"), "utf8");
  const folders =
    /^RUN for volume in (.*); do/m.exec(image)?.[1]?.split(" ") ?? assert.fail("no folders in the Dockerfile");
  for (const [path, { services }] of files)
    for (const one of [services.secrets, services.join].flatMap((each) => each?.volumes ?? [])) {
      const folder = /:\/volumes\/([^:]+)$/.exec(one)?.[1];
      assert.ok(folder && folders.includes(folder), `${path}: ${one}`);
    }
});

/** Images of others that run as a user of their own, who is not root and owns the folders in them. */
const ownUser = /^(prom\/prometheus|grafana\/loki|grafana\/tempo):/;

test("every container is read-only, without root, capabilities or new privileges, and its log is bounded", () => {
  eachService((service, where) => {
    assert.equal(service.user, ownUser.test(service.image ?? "") ? undefined : "1000:1000", where);
    assert.equal(service.read_only, true, where);
    assert.deepEqual(service.cap_drop, ["ALL"], where);
    assert.deepEqual([service.cap_add, service.privileged, service.devices], [undefined, undefined, undefined], where);
    assert.ok(service.security_opt?.includes("no-new-privileges:true"), where);
    assert.deepEqual(service.logging, { driver: "json-file", options: { "max-size": "10m", "max-file": "3" } }, where);
    for (const limit of [service.mem_limit, service.cpus, service.pids_limit]) assert.notEqual(limit, undefined, where);
  });
});

/** Who has a way to whom on the one host: services that share a network. */
function neighbours(name: string): readonly string[] {
  const networks = networksOf(everything.services[name] ?? {});
  const others = Object.entries(everything.services).filter(([, one]) =>
    networksOf(one).some((it) => networks.includes(it)),
  );
  return others.map(([other]) => other).filter((other) => other !== name);
}

test("who has no business in the world or with another role has no way there", () => {
  const { services, networks } = everything;
  for (const name of ["nats", "xmpp", "focus", "events"])
    for (const network of networksOf(services[name] ?? {})) assert.equal(networks[network]?.internal, true, name);
  const media = ["videobridge", "recorder", "sip-gateway", "sip-gateway-drachtio"];
  for (const name of media)
    for (const far of ["xmpp", "focus", "events"]) assert.ok(!neighbours(name).includes(far), name);
  assert.deepEqual(neighbours("drachtio"), ["sip-gateway-drachtio"]);
  for (const name of ["secrets", "turn"]) assert.deepEqual(neighbours(name), [], name);
  const isForOthers = (port: string) => !port.startsWith("127.0.0.1:");
  const published = Object.keys(services).filter((name) => services[name]?.ports?.some(isForOthers));
  const reached = media.filter((name) => name !== "recorder");
  assert.deepEqual(published.sort(), [...reached, "drachtio", "web"].sort());
});

test("a host that joins has no secrets but those of its role, and waits until it has them", () => {
  for (const [path, { services, volumes }] of pieces) {
    const { join: joining, ...others } = services;
    if (!joining) continue;
    assert.ok(!("secrets" in volumes), path);
    for (const [name, service] of Object.entries(others)) {
      assert.ok(service.depends_on?.join, `${path}: ${name}`);
      assert.ok(!volumesOf(service).includes("joined"), `${path}: ${name}`);
      assert.equal(service.environment?.NATS_URL, undefined, `${path}: ${name}`);
    }
  }
});

test("two placements on one host don't get in each other's way", () => {
  const names = [...pieces.values()].map(({ name }) => name);
  assert.equal(new Set(names).size, names.length, `${names}`);
});

test("the service secrets may write to each of its volumes: its image has their folders, with their owner", () => {
  const line = /^RUN for volume in (.*); do/m.exec(readFileSync(join(root, "deploy/images/Dockerfile"), "utf8"))?.[1];
  const folders = new Set(line?.split(" ").map((name) => `/volumes/${name}`));
  const tools = Object.values(everything.services).filter(({ image }) => image?.startsWith("veche-secrets:"));
  const targets = tools.flatMap(({ volumes = [] }) => volumes.map((volume) => volume.split(":")[1] ?? ""));
  const missing = targets.filter((target) => target.startsWith("/volumes/") && !folders.has(target));
  assert.deepEqual(missing, []);
});
