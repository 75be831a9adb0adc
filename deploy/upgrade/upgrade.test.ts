/** What the script does in which order, with a `docker` that only writes down what it is told. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync(join(tmpdir(), "veche-upgrade-"));
after(() => rmSync(folder, { recursive: true }));

/** Containers are called as their service with -1; of one call `conferences` are left at the first look. */
const fakeDocker = `#!/bin/sh
echo "$*" >> "$FAKE_LOG"
if [ -n "$FAKE_FAIL" ] && echo "$*" | grep -Eq -- "$FAKE_FAIL"; then exit 1; fi
case "$*" in
  "compose ps --services"*) printf '%s\\n' $FAKE_SERVICES ;;
  "compose ps --quiet --status running "*) for last; do :; done; echo "$last-1" ;;
  "compose ps --all --quiet "*) for last; do :; done; echo "$last-1"; echo "$last-2" ;;
  "compose config --services") printf '%s\\n' secrets $FAKE_SERVICES ;;
  "compose run --rm -T --no-deps backup"*) echo saved ;;
  "inspect --format {{.Config.Image}} nats-1") echo nats:2.11-alpine ;;
  "inspect --format {{.Config.Image}} "*) echo "veche-\${4%-1}:local" ;;
  "inspect --format {{.Image}} "*) echo "sha256:old" ;;
  "inspect --format {{.State.Running}} "*) echo false ;;
  "images --no-trunc --quiet "*) echo "\${FAKE_IMAGE:-sha256:new}" ;;
  "images --quiet "*) echo abc ;;
  *"GET http"*) if [ -e "$FAKE_LOG.asked" ]; then echo '{"conferences":0,"participants":0}'; else : > "$FAKE_LOG.asked"; echo '{"conferences":2,"participants":9}'; fi ;;
esac
`;

type Outcome = {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly calls: readonly string[];
  readonly checkout: string;
};

const everything = ["nats", "xmpp", "focus", "web", "videobridge", "recorder", "sip-gateway", "turn"];
let count = 0;

function run(
  given: { readonly services?: readonly string[]; readonly fail?: string; readonly image?: string },
  ...args: readonly string[]
): Outcome {
  count += 1;
  const checkout = join(folder, String(count));
  mkdirSync(join(checkout, "deploy/upgrade"), { recursive: true });
  cpSync(join(import.meta.dirname, "upgrade.sh"), join(checkout, "deploy/upgrade/upgrade.sh"));
  const bin = join(checkout, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "docker"), fakeDocker);
  chmodSync(join(bin, "docker"), 0o755);
  const log = join(checkout, "docker.log");
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    FAKE_LOG: log,
    FAKE_FAIL: given.fail ?? "",
    FAKE_SERVICES: (given.services ?? everything).join(" "),
    FAKE_IMAGE: given.image ?? "",
    VECHE_UPGRADE_LOOK: "1",
  };
  const done = spawnSync("sh", [join(checkout, "deploy/upgrade/upgrade.sh"), ...args], { env, encoding: "utf8" });
  const calls = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
  return { code: done.status, out: done.stdout, err: done.stderr, calls, checkout };
}

/** What changes something, in its order; the words between are dropped. */
function steps({ calls }: Outcome): string[] {
  return calls.flatMap((call) => {
    const last = call.split(" ").at(-1);
    if (call.startsWith("compose build")) return [`build ${last}`];
    if (call.startsWith("compose run")) return [`run ${call.includes("backup") ? "backup" : last}`];
    if (call.startsWith("compose up")) return [`up ${last}${/--scale \S+=(\d+)/.exec(call)?.[1] ?? ""}`];
    if (call.includes("drain/enable")) return ["drain"];
    if (call.includes("gracefulShutdown")) return ["finish"];
    if (/^(stop|rm|update|load)\b/.test(call)) return [call];
    return [];
  });
}

test("images and a backup first, then secrets, NATS, the signalling roles, and those that hold calls one beside the other", () => {
  const outcome = run({});
  assert.equal(outcome.code, 0, outcome.err);
  assert.deepEqual(steps(outcome), [
    ...["secrets", "focus", "recorder", "sip-gateway", "turn", "videobridge", "web", "xmpp"].map(
      (name) => `build ${name}`,
    ),
    "run backup",
    "run secrets",
    "up nats",
    "up xmpp",
    "up focus",
    "up web",
    "up videobridge2",
    "drain",
    "stop videobridge-1",
    "rm videobridge-1",
    "up recorder2",
    "update --restart no recorder-1",
    "finish",
    "stop recorder-1",
    "rm recorder-1",
    "up recorder1",
    "up sip-gateway1",
    "up turn",
  ]);
  const [backup] = readdirSync(join(outcome.checkout, "backups"));
  assert.equal(statSync(join(outcome.checkout, "backups", backup ?? "")).mode & 0o077, 0);
});

test("an old bridge is stopped only once it says twice that it has no conference", () => {
  const { calls } = run({ services: ["videobridge"] });
  const stop = calls.findIndex((call) => call.startsWith("stop"));
  assert.equal(calls.slice(0, stop).filter((call) => call.includes("colibri/stats")).length, 3);
});

test("a limit ends the wait", () => {
  const outcome = run({ services: ["videobridge"] }, "--limit", "1");
  assert.equal(outcome.code, 0);
  assert.match(outcome.out, /after 1 s there are still calls on videobridge-1/);
  assert.ok(outcome.calls.includes("stop videobridge-1"));
});

test("what can't be built, loaded or saved stops it before anything that runs is touched", () => {
  const images = join(folder, "images.tar");
  writeFileSync(images, "");
  const cases = [
    [{ fail: "^compose build .*web" }, [], /the image of web can't be built. Nothing that runs was touched/],
    [{ fail: "^load" }, ["--images", images], /the images can't be loaded. Nothing/],
    [{ fail: "backup" }, [], /there is no backup. Nothing/],
    [{ fail: "--no-deps secrets" }, [], /the secrets could not be looked through. Nothing/],
  ] as const;
  for (const [given, args, text] of cases) {
    const outcome = run(given, ...args);
    assert.equal(outcome.code, 1);
    assert.match(outcome.err, text);
    assert.deepEqual(
      steps(outcome).filter((step) => /^(up|stop|rm|drain|finish)/.test(step)),
      [],
    );
  }
});

test("half a backup is not left behind", () => {
  const { checkout } = run({ fail: "backup" });
  assert.deepEqual(readdirSync(join(checkout, "backups")), []);
});

test("a role that does not become healthy stops it there, and says how to go back", () => {
  for (const [service, later] of [
    ["nats", "xmpp"],
    ["xmpp", "focus"],
    ["web", "videobridge"],
  ] as const) {
    const outcome = run({ fail: `^compose up .* ${service}$` });
    assert.equal(outcome.code, 1);
    assert.match(outcome.err, new RegExp(`${service} did not become healthy`));
    assert.match(outcome.err, /VECHE_VERSION=previous docker compose up/);
    assert.ok(!steps(outcome).includes(`up ${later}`));
  }
});

test("where a second bridge finds no port, the old one is emptied first and then replaced", () => {
  const outcome = run({ services: ["videobridge"], fail: "--scale videobridge=2" });
  assert.equal(outcome.code, 0, outcome.err);
  const done = steps(outcome).filter((step) => !step.startsWith("build"));
  assert.deepEqual(done, ["up videobridge2", "rm --force videobridge-2", "drain", "up videobridge1"]);
  assert.match(outcome.out, /no port for a second bridge/);
});

test("a host that joined has neither secrets to look through nor a backup to make", () => {
  assert.doesNotMatch(steps(run({ services: ["videobridge"] })).join(), /run/);
});

test("what is of this version already is left alone", () => {
  const outcome = run({ services: ["videobridge", "recorder"], image: "sha256:old" });
  assert.deepEqual(
    steps(outcome).filter((step) => !step.startsWith("build")),
    [],
  );
  assert.match(outcome.out, /videobridge: it is of this version already/);
});

test("--plan changes nothing, and says every step", () => {
  const outcome = run({}, "--plan");
  assert.equal(outcome.code, 0, outcome.err);
  assert.deepEqual(steps(outcome), []);
  assert.ok(!existsSync(join(outcome.checkout, "backups")));
  for (const text of ["docker compose build --quiet web", "backup", "secrets", "drain videobridge-1"])
    assert.ok(outcome.out.includes(text), text);
});

test("nothing that runs and slips in options are said", () => {
  assert.match(run({ services: [] }).err, /nothing of Veche runs here/);
  assert.match(run({}, "--limit", "soon").err, /expected seconds, found soon/);
  assert.match(run({}, "--images", "/nowhere.tar").err, /can't be read/);
  assert.equal(run({}, "--quickly").code, 2);
});
