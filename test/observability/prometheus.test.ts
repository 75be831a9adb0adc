/** What an administrator sees of a running call: by the real Prometheus, with the configuration, rules and dashboards we ship. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { missingForRecording } from "@veche/deploy/local/recording.ts";
import { missingForTelephones } from "@veche/deploy/local/telephones.ts";
import { credsFileOf } from "@veche/deploy/nats/accounts.ts";
import { dashboards } from "@veche/deploy/observability/dashboards.ts";
import { startTestStack, type TestStack } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import { Crowd } from "../load/crowd.ts";
import { placeOf } from "../load/place.ts";
import { Monitoring, prometheusMissing } from "./prometheus.ts";

const folder = resolve(import.meta.dirname, "../../deploy/observability");
const skip = prometheusMissing;
const hasRecorder = missingForRecording(process.env).length === 0;
const hasGateway = missingForTelephones(process.env).length === 0;
const people = 3;

let stack: TestStack;
let monitoring: Monitoring;
let crowd: Crowd;

before(async () => {
  if (skip) return;
  stack = await startTestStack({}, { recorders: hasRecorder ? 1 : 0, gateways: hasGateway ? 1 : 0 });
  monitoring = await Monitoring.start(operatorsNats());
  crowd = await Crowd.open(placeOf(stack.local));
  await crowd.join({
    room: "monitored",
    people,
    transport: "websocket",
    wishes: { lastN: -1, height: 180, onStage: [] },
  });
  await eventually(
    "Prometheus has seen the call for some scrapes",
    async () => {
      const seen = await monitoring.query(`count_over_time(veche_focus_participants_current_count[20s]) >= 5`);
      const [count] = await monitoring.query("veche_focus_participants_current_count");
      return seen.length > 0 && count?.value[1] === String(people) ? undefined : `${JSON.stringify(count)}`;
    },
    { timeoutMs: 60_000 },
  );
});

after(async () => {
  crowd?.[Symbol.dispose]();
  await monitoring?.[Symbol.asyncDispose]();
  await stack?.[Symbol.asyncDispose]();
});

function operatorsNats(): Record<string, string> {
  const creds = credsFileOf(join(stack.local.dataDir, "secrets"), "operator");
  return { NATS_URL: `nats://127.0.0.1:${stack.local.ports.nats}`, NATS_CREDS_FILE: creds };
}

test("promtool finds no fault in the configuration and the rules, nor in what the exporter says", {
  skip,
}, async () => {
  for (const args of [
    ["check", "config", join(folder, "prometheus.yml")],
    ["test", "rules", join(folder, "rules.test.yml")],
  ]) {
    const { status, stdout, stderr } = spawnSync("promtool", args, { encoding: "utf8" });
    assert.equal(status, 0, `${args.join(" ")}: ${stdout}${stderr}`);
  }
  const input = await monitoring.metrics();
  const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
  // 3: it would have named some otherwise, which is no fault in the format.
  assert.ok(status === 0 || status === 3, `${stdout}${stderr}`);
});

test("every role on every host is there, up, with its own labels", { skip }, async () => {
  const up = await monitoring.query("veche_up == 1");
  const roles = up.map(({ metric }) => metric.role).sort();
  const wanted = ["focus", "videobridge", "web", "xmpp"];
  assert.deepEqual(
    roles.filter((role) => wanted.includes(role ?? "")),
    wanted,
  );
  assert.ok(up.every(({ metric }) => metric.host && metric.instance && metric.job === "veche"));
  const [sum] = await monitoring.query("sum(jitsi_jvb_current_endpoints)");
  assert.equal(sum?.value[1], String(people), "a dashboard made for Jitsi finds its names");
});

for (const { title, rows } of dashboards)
  for (const row of rows)
    test(`${title}, ${row.title}: every expression is one, and shows something of the call`, { skip }, async (t) => {
      const text = await monitoring.metrics();
      for (const { title: panel, queries } of row.panels)
        for (const { expr, legend } of queries) {
          const result = await monitoring.query(expr.replaceAll("$__rate_interval", "30s"));
          const labels = [...legend.matchAll(/{{(\w+)}}/g)].map(([, label = ""]) => label);
          for (const { metric } of result)
            for (const label of labels) assert.ok(label in metric, `${panel}: ${expr} has no label ${label}`);
          if (result.length > 0) continue;
          assert.ok(mayBeEmpty(expr, text), `${panel}: ${expr} is empty`);
          t.diagnostic(`${panel} is empty: ${expr}`);
        }
    });

/** Of a role that isn't here, of what is told only when something is wrong, or of counters that nothing has counted yet. */
function mayBeEmpty(expression: string, text: string): boolean {
  const names = [...expression.matchAll(/veche_[a-z_]+/g)].map(([name]) => name);
  return names.every((name) => {
    if (name.startsWith("veche_recorder_") && !hasRecorder) return true;
    if (name.startsWith("veche_sip_gateway_") && !hasGateway) return true;
    if (name === "veche_problem") return true;
    return text.includes(`# TYPE ${name} counter\n`) && !text.includes(`\n${name}{`);
  });
}

test("every alert can be evaluated, and none fires while all is well", { skip }, async () => {
  await eventually("all were evaluated", async () => {
    const rules = await monitoring.rules();
    return rules.length > 0 && rules.every(({ health }) => health !== "unknown")
      ? undefined
      : `${JSON.stringify(rules)}`;
  });
  for (const { name, health, lastError } of await monitoring.rules())
    assert.equal(health, "ok", `${name}: ${lastError}`);
  const firing = await monitoring.query('ALERTS{alertstate="firing"}');
  assert.deepEqual(
    firing.map(({ metric }) => metric.alertname),
    [],
  );
});

test("a NATS that goes away is seen at once, and nobody is forgotten for it", { skip }, async () => {
  const before = await monitoring.query("count(veche_up)");
  const pid = stack.local.pids().nats;
  assert.ok(pid);
  process.kill(pid, "SIGSTOP");
  try {
    await eventually(
      "it is said",
      async () => {
        const [up] = await monitoring.query("veche_nats_up");
        return up?.value[1] === "0" ? undefined : `${JSON.stringify(up)}`;
      },
      { timeoutMs: 30_000 },
    );
    assert.equal((await monitoring.query("count(veche_up == 0)"))[0]?.value[1], before[0]?.value[1]);
    await eventually("the alert is on its way", async () => {
      const pending = await monitoring.query('ALERTS{alertname="VecheNatsAway"}');
      return pending.length === 1 ? undefined : "nothing";
    });
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await eventually(
    "all are back",
    async () => {
      const [up] = await monitoring.query("count(veche_up == 1)");
      return up?.value[1] === before[0]?.value[1] ? undefined : `${JSON.stringify(up)}`;
    },
    { timeoutMs: 30_000 },
  );
});
