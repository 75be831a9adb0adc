/** `docker compose up` from this checkout: the same as `npm start`, in containers. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { recorderPasswordName } from "@veche/deploy/local/recording.ts";
import { natsUsers } from "@veche/deploy/nats/permissions.ts";
import { tokenName } from "@veche/deploy/users/api-client.ts";
import type { Browser } from "playwright-core";
import { launchBrowser, withoutBrowser } from "../harness/browser.ts";
import { anna, boris, gleb, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { startRecording, stop } from "../harness/recording/acts.ts";
import { codeAt, hears } from "../harness/telephone/gateway.ts";
import { Phone, withoutPhones } from "../harness/telephone/phone.ts";
import { eventually } from "../harness/wait.ts";
import { ComposeProject, hostAddress, withoutEngine } from "./engine.ts";
import { memoryOfContainers, total } from "./memory.ts";
import { addressIn, hasWayOut, portsSeenFrom, reaches } from "./reach.ts";

const skip = withoutEngine() || withoutBrowser();
const roles = ["xmpp", "focus", "videobridge", "web"];
const recordedMs = 6_000;
const room = "compose";

let project: ComposeProject;
let browser: Browser;
const people: Participant[] = [];

before(async () => {
  if (skip) return;
  project = await ComposeProject.up();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await project?.[Symbol.asyncDispose]();
});

type BridgeHealth = { readonly addresses: readonly string[]; readonly warnings: readonly string[] };

/** What the bridge of that number says of itself, on the private port inside its container. */
async function bridgeHealth(index: number): Promise<BridgeHealth> {
  const ask = 'fetch("http://127.0.0.1:8080/about/health?detail").then((it) => it.text()).then(console.log)';
  const at = ["--no-TTY", "--index", String(index), "videobridge"];
  return JSON.parse(await project.compose("exec", ...at, "node", "--eval", ask));
}

test("every service is healthy and the secrets were made", { skip }, async () => {
  const states = (await project.containers()).map(({ Service, State, Health, ExitCode }) =>
    Service === "secrets" ? `${Service} ${State} ${ExitCode}` : `${Service} ${Health}`,
  );
  const wanted = [...roles, "nats"].map((service) => `${service} healthy`);
  assert.deepEqual(states.sort(), ["secrets exited 0", ...wanted].sort());
});

test("only http, https and the two media ports are published", { skip }, async () => {
  const { http, https, media, mediaTcp } = project.ports;
  const published = (await project.containers())
    .flatMap(({ Publishers }) => Publishers ?? [])
    .filter(({ PublishedPort }) => PublishedPort > 0)
    .map(({ PublishedPort, Protocol }) => `${PublishedPort}/${Protocol}`);
  const wanted = [`${http}/tcp`, `${https}/tcp`, `${media}/udp`, `${mediaTcp}/tcp`];
  assert.deepEqual([...new Set(published)].sort(), wanted.sort());
});

test("every container is read-only, without root and without capabilities", { skip }, async () => {
  const format =
    "{{.HostConfig.ReadonlyRootfs}} {{.Config.User}} {{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}} {{.HostConfig.SecurityOpt}}";
  for (const container of await project.containers())
    assert.equal(
      await project.inspect(container, format),
      "true 1000:1000 [ALL] [] [no-new-privileges:true]",
      container.Service,
    );
});

/** The address in that network of each service that is in it. */
async function membersOf(network: string): Promise<ReadonlyMap<string, string>> {
  const members = new Map<string, string>();
  for (const container of await project.containers()) {
    const address = container.State === "running" ? await addressIn(project, network, container) : undefined;
    if (address) members.set(container.Service, address);
  }
  return members;
}

test("nats, xmpp and focus have no way out, and a bridge none to xmpp and focus", { skip }, async () => {
  for (const service of ["nats", "xmpp", "focus"]) assert.equal(await hasWayOut(project, service), false, service);
  assert.equal(await hasWayOut(project, "web"), true);
  const members = await membersOf("signalling");
  assert.deepEqual([...members.keys()].sort(), ["focus", "nats", "web", "xmpp"]);
  for (const [service, port] of [
    ["xmpp", 5280],
    ["focus", 8888],
  ] as const) {
    const address = members.get(service) ?? "";
    assert.equal(await reaches(project, "web", address, port), true, `web to ${service}`);
    assert.equal(await reaches(project, "videobridge", address, port), false, `videobridge to ${service}`);
  }
});

test("in the network that leads outside, of all ports only those for people answer, and the bridge's channel", {
  skip,
}, async () => {
  const members = await membersOf("outside");
  assert.deepEqual([...members.keys()].sort(), ["videobridge", "web"]);
  const { http, https } = project.ports;
  const seen = (service: string) => portsSeenFrom(project, "outside", members.get(service) ?? "");
  assert.deepEqual(
    await seen("web"),
    [http, https].sort((one, other) => one - other),
  );
  assert.deepEqual(await seen("videobridge"), [4443, 9090]);
});

test("all of it takes less than 400 MiB while nothing happens", { skip }, async () => {
  const figures = await memoryOfContainers(project);
  assert.deepEqual([...figures.keys()], [...roles, "nats"].sort());
  const { ownMiB, proportionalMiB } = total(figures);
  assert.ok(ownMiB < 400, `${ownMiB} MiB: ${JSON.stringify([...figures])}`);
  assert.ok((proportionalMiB ?? 0) < 400, `${proportionalMiB} MiB: ${JSON.stringify([...figures])}`);
});

test("two people see and hear each other through the containers", { skip }, async () => {
  for (const identity of [anna, boris]) {
    const each = await Participant.arrive(browser, identity);
    await each.open(`${project.url}/${room}`);
    people.push(each);
  }
  await allPerceiveAll(people);
});

test("the facts of the call can be read in the containers", { skip }, async () => {
  const lines = (await project.compose("run", "--rm", "events", "--until-now", "--json", "participant"))
    .trim()
    .split("\n");
  const joined = lines.filter((line) => JSON.parse(line).subject.endsWith(".participant.joined"));
  assert.equal(joined.length, 2);
});

test("a user is added in the container, and is still there after the crashes below", { skip }, async () => {
  const users = (...args: string[]) => project.compose("exec", "--no-TTY", "xmpp", "users", ...args);
  assert.match(await users("add", "anna", "--role", "teacher", "--generate"), /one-time password, shown this once: /);
  assert.match(await users("list"), /anna +teacher +one-time password/);
  const settings = await project.compose("exec", "--no-TTY", "xmpp", "settings", "get");
  assert.match(settings, /secure-domain +off/);
});

for (const service of ["videobridge", "focus", "xmpp", "web"])
  test(`after a crash of ${service} they see and hear each other again`, { skip }, async () => {
    await project.crash(service);
    await allPerceiveAll(people);
  });

test("the user is still there", { skip }, async () => {
  assert.match(await project.compose("exec", "--no-TTY", "xmpp", "users", "list"), /anna +teacher/);
});

test("three bridges of one host get ports of their own, and each reaches itself where clients are told to find it", {
  skip,
}, async () => {
  await project.compose(
    "up",
    "--detach",
    "--wait",
    "--wait-timeout",
    "60",
    "--no-recreate",
    "--scale",
    "videobridge=3",
  );
  const bridges = await Promise.all([1, 2, 3].map((index) => bridgeHealth(index)));
  for (const { warnings } of bridges) assert.deepEqual(warnings, []);
  const ports = bridges.flatMap(({ addresses }) => [...new Set(addresses.map((one) => one.replace(/^.*:/, "")))]);
  assert.equal(new Set(ports).size, 6, `a UDP and a TCP port of each: ${ports}`);
  const { mediaTcp, media } = project.ports;
  for (const port of ports) {
    const [number, protocol] = port.split("/");
    const above = Number(number) - (protocol === "udp" ? media : mediaTcp);
    assert.ok(above >= 0 && above < 10, port);
  }
  await allPerceiveAll(people);
});

/** In the recorder of that number. */
function inRecorder(index: number, script: string): Promise<string> {
  return project.compose("exec", "--no-TTY", "--index", String(index), "recorder", "sh", "-c", script);
}

test("two recorders share a volume, each by a name of its own, as locked down as the rest", { skip }, async () => {
  const options = ["--detach", "--wait", "--wait-timeout", "120", "--no-recreate", "--scale", "recorder=2"];
  await project.compose("--profile", "recorder", "up", ...options, "recorder");
  assert.equal(await inRecorder(2, "ls /recordings/.recorders"), "1\n2\n");
  const format =
    "{{.HostConfig.ReadonlyRootfs}} {{.Config.User}} {{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}} {{.HostConfig.Privileged}} {{.HostConfig.Devices}}";
  for (const container of await project.containers()) {
    if (container.Service !== "recorder") continue;
    assert.equal(await project.inspect(container, format), "true 1000:1000 [ALL] [] false []");
    assert.match(await project.inspect(container, "{{.HostConfig.SecurityOpt}}"), /^\[no-new-privileges:true seccomp=/);
  }
});

test("the call is recorded by a browser that keeps its sandbox, and the file plays", { skip }, async () => {
  const [teacher] = people;
  assert.ok(teacher);
  await startRecording(teacher);
  const unprotected = "grep -l -a -e '--no-[s]andbox' /proc/[0-9]*/cmdline 2>/dev/null || true";
  for (const index of [1, 2]) assert.equal(await inRecorder(index, unprotected), "");
  await pause(recordedMs);
  await stop(teacher, "file");
  let path = "";
  await eventually(
    "a file",
    async () => {
      path = (
        await inRecorder(
          1,
          "find /recordings -name '*.mp4' -not -path '*/.*' -not -path '*.joining/*' -not -path '*/parts/*'",
        )
      ).trim();
      return path === "" ? await inRecorder(1, "find /recordings") : undefined;
    },
    { timeoutMs: 60_000, pollMs: 500 },
  );
  const seconds = await inRecorder(1, `ffprobe -v error -show_entries format=duration -of csv=p=0 '${path}'`);
  assert.ok(Math.abs(Number(seconds) - recordedMs / 1000) < 4, `${path}: ${seconds} s`);
});

test("who gets out through a TURN server alone is in the call too", { skip }, async () => {
  await project.compose("--profile", "turn", "up", "--detach", "--no-recreate", "turn");
  const relayed: Participant[] = [];
  for (const identity of [vera, gleb]) {
    const each = await Participant.arrive(browser, identity);
    await each.open(`${project.url}/relayed`, ["config.forceTurnRelay=true"]);
    relayed.push(each);
  }
  await allPerceiveAll(relayed);
});

const withTelephones = ["--file", "docker-compose.yml", "--file", "test/compose/telephones.yml", "--profile", "sip"];

test("a telephone comes in by the code of the room, and is heard", { skip: skip || withoutPhones() }, async () => {
  const options = ["--detach", "--wait", "--wait-timeout", "120", "--no-recreate"];
  await project.compose(...withTelephones, "up", ...options, "sip-gateway");
  // A telephone in the network of the host: it is told the host's address, and not the container's.
  const address = hostAddress();
  await using phone = await Phone.start({ user: "74951111111", address, toneHz: 1400 });
  phone.dial(`sip:100@${address}:${project.ports.sip}`);
  await phone.comes("CALL_ESTABLISHED");
  await phone.press(`${await codeAt(project.url, room)}#`);
  const [teacher] = people;
  assert.ok(teacher);
  await hears(teacher, 1400);
  phone.hangUp();
});

test("no secret is in the logs", { skip }, async () => {
  const logs = await project.compose("--profile", "recorder", "--profile", "sip", "logs", "--no-color");
  assert.match(logs, /web/);
  const names = [...natsUsers.map(({ name }) => name), tokenName, recorderPasswordName];
  // One container for all: each takes seconds.
  const showEach = 'for name; do echo "=$name"; node deploy/images/secrets.ts show "$name"; done';
  const inSecrets = ["run", "--rm", "--no-deps", "--entrypoint", "sh", "secrets", "-c", showEach, "sh"];
  const shown = (await project.compose(...inSecrets, ...names)).split(/^=/m).slice(1);
  assert.equal(shown.length, names.length);
  for (const each of shown) {
    const [name] = each.split("\n");
    // Of a creds file it is the seed; the rest is shown to the server.
    const secret = /^(?:p[0-9a-f]{48}|SU[A-Z0-9]{56})$/m.exec(each)?.[0];
    assert.ok(secret, `expected a secret of ${name}`);
    assert.ok(!logs.includes(secret), `the secret of ${name} is in the logs`);
  }
});
