import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { suite, test } from "node:test";

type Line = { readonly msg: string; readonly level: string; readonly [key: string]: unknown };

/** A role of a few lines in a process of its own. */
function startRole(start: string, options: { args?: readonly string[]; env?: Readonly<Record<string, string>> } = {}) {
  const script = `
    import { run } from ${JSON.stringify(import.meta.resolve("./run.ts"))};
    import { commonSchema, port } from ${JSON.stringify(import.meta.resolve("./config.ts"))};
    const schema = { ...commonSchema, JICOFO_PORT: port(8888, "The port.") };
    await run("focus", schema, async (context) => { ${start} });
  `;
  const { PATH = "" } = process.env;
  const child: ChildProcess = spawn(
    process.execPath,
    ["--input-type=module", "-e", script, "--", ...(options.args ?? [])],
    { env: { PATH, LOG_FORMAT: "json", ...options.env }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const output: string[] = [];
  const errors: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
    output.push(line);
    for (const look of waiting) look();
  });
  createInterface({ input: child.stderr as NodeJS.ReadableStream }).on("line", (line) => errors.push(line));
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  const lines = () => output.map((line) => JSON.parse(line) as Line);
  const until = (words: string) =>
    new Promise<Line>((resolve, reject) => {
      const look = () => {
        const found = lines().find(({ msg }) => msg.includes(words));
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`ended without "${words}": ${output.join("\n")} ${errors.join("\n")}`)));
    });
  return { child, ended, lines, until, output, errors };
}

const quiet =
  "const timer = setInterval(() => {}, 1000); return { [Symbol.asyncDispose]: async () => clearInterval(timer) };";

suite("run", { concurrency: 2 }, () => {
  test("a role starts, tells its configuration without secrets, and ends when asked", async () => {
    const role = startRole(quiet, { env: { NATS_PASSWORD: "hunter2", JICOFO_PORT: "0" } });
    await role.until("ready");
    role.child.kill("SIGTERM");
    assert.equal(await role.ended, 0);
    const [starting] = role.lines();
    assert.deepEqual(
      role.lines().map(({ msg }) => msg),
      ["starting", "ready", "ending", "ended"],
    );
    assert.match(String(starting?.instance), /^[0-9a-f]{12}$/);
    const config = starting?.config as Record<string, string>;
    assert.deepEqual([config.JICOFO_PORT, config.NATS_USER, config.NATS_PASSWORD], ["0", "focus", "***"]);
    assert.doesNotMatch(role.output.join("\n"), /hunter2/);
  });

  test("--check-config prints the effective configuration and starts nothing", async () => {
    const role = startRole("throw new Error('started');", {
      args: ["--check-config"],
      env: { NATS_PASSWORD: "hunter2" },
    });
    assert.equal(await role.ended, 0);
    assert.ok(role.output.includes("JICOFO_PORT=8888"));
    assert.ok(role.output.includes("NATS_PASSWORD=***  # environment"));
  });

  test("with faults in it, --check-config and a start print them all and end with 1", async () => {
    for (const args of [["--check-config"], []]) {
      const role = startRole("throw new Error('started');", { args, env: { JICOFO_PORT: "x", LOG_LEVEL: "loud" } });
      assert.equal(await role.ended, 1);
      assert.match(role.errors.join("\n"), /LOG_LEVEL: expected one of [\s\S]*JICOFO_PORT: expected a whole number/);
      assert.deepEqual(role.output, []);
    }
  });

  test("slips in names are told together with faults in values; what nothing comes of stops nobody", async () => {
    const env = { JICOFO_PROT: "1", LOG_LEVEL: "loud" };
    for (const args of [["--check-config"], []]) {
      const role = startRole("throw new Error('started');", { args, env });
      assert.equal(await role.ended, 1);
      assert.match(
        role.errors.join("\n"),
        /JICOFO_PROT: unknown setting; did you mean JICOFO_PORT\?[\s\S]*LOG_LEVEL: expected one of /,
      );
    }
    const role = startRole("throw new Error('started');", { args: ["--check-config"], env: { LDAP_URL: "ldaps://x" } });
    assert.equal(await role.ended, 0);
    assert.match(role.errors.join("\n"), /nothing comes of it here .*: LDAP_URL$/);
  });

  test("a start that fails ends with 1 and one clear line", async () => {
    const role = startRole("throw new Error('port 8888 is taken: set JICOFO_PORT');");
    assert.equal(await role.ended, 1);
    const last = role.lines().at(-1);
    assert.deepEqual([last?.level, last?.msg], ["fatal", "can't start: port 8888 is taken: set JICOFO_PORT"]);
  });

  test("SIGINT ends too; what hangs then is named, and the exit is forced", async () => {
    const hanging = "setInterval(() => {}, 1000); return { [Symbol.asyncDispose]: () => new Promise(() => {}) };";
    const role = startRole(hanging);
    await role.until("ready");
    role.child.kill("SIGINT");
    assert.equal(await role.ended, 1);
    const last = role.lines().at(-1) as Line;
    assert.equal(last.msg, "did not end in time: forcing the exit");
    assert.ok((last.open as string[]).includes("Timeout"));
  });

  test("the role is told how it is asked to end, and that it is not ready", async () => {
    const telling = `
      context.signal.addEventListener("abort", () => context.log.info({ reason: context.signal.reason, ready: context.health.ready }, "told"));
      ${quiet}`;
    const role = startRole(telling);
    await role.until("ready");
    role.child.kill("SIGINT");
    const told = await role.until("told");
    assert.deepEqual([told.reason, told.ready], ["SIGINT", false]);
    assert.equal(await role.ended, 0);
  });

  test("a rejection nobody handled ends the process with 1, so that it starts anew", async () => {
    const role = startRole(`setTimeout(() => Promise.reject(new Error("lost")), 1); ${quiet}`);
    assert.equal(await role.ended, 1);
    const last = role.lines().at(-1) as Line;
    assert.deepEqual([last.level, (last.err as Line).message], ["fatal", "lost"]);
  });
});
