/** What doctor says of a real stack, and of one that is broken in one way after another. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { createRoot, issue } from "@veche/kit/x509.ts";
import { runOperators } from "../harness/operator.ts";
import { startTestStack, type TestStack } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

type Finding = { readonly severity: string; readonly text: string; readonly fix?: string };

async function examine(stack: TestStack) {
  const { code, said, complained } = await runOperators(stack.local, "doctor", ["--json"]);
  assert.equal(complained, "");
  const { findings } = JSON.parse(said) as { readonly findings: readonly Finding[] };
  return { code, findings };
}

/** Roles look only now and then whether the others are there, so it waits until the errors are these; resolves with the exit code. */
async function errorsSoon(stack: TestStack, wanted: readonly RegExp[]): Promise<number> {
  let exit = -1;
  await eventually(`doctor to find ${wanted.join(", ") || "no errors"}`, async () => {
    const { code, findings } = await examine(stack);
    const errors = findings.flatMap(({ severity, text }) => (severity === "error" ? [text] : []));
    exit = code;
    const isSo = errors.length === wanted.length && wanted.every((one) => errors.some((text) => one.test(text)));
    return isSo ? undefined : errors.join("\n") || "no errors";
  });
  return exit;
}

/** Resolves with the fix once doctor says it, which may take as long as others take to notice. */
function saidSoon(stack: TestStack, wanted: RegExp): Promise<string> {
  let fix = "";
  return eventually(`doctor to say ${wanted}`, async () => {
    const { findings } = await examine(stack);
    const found = findings.find(({ text }) => wanted.test(text));
    fix = found?.fix ?? "";
    return found ? undefined : findings.map(({ text }) => text).join("\n");
  }).then(() => fix);
}

describe("a stack on one host", () => {
  test("is well, then lacks a bridge, a focus that answers, NATS; and each is said", async () => {
    await using stack = await startTestStack({ VECHE_HOST_ID: "school-1" });
    assert.equal(await errorsSoon(stack, []), 0);
    await saidSoon(stack, /^the bridge on school-1 was tried from its own host alone: there is no other$/);

    stack.local.signal("videobridge", "SIGSTOP");
    await saidSoon(stack, /^videobridge [0-9a-f]{12} on school-1 doesn't answer|^no videobridge is there/);
    stack.local.signal("videobridge", "SIGCONT");

    stack.local.signal("focus", "SIGSTOP");
    const fix = await saidSoon(stack, /^no focus is there|^focus [0-9a-f]{12} on school-1 doesn't answer/);
    assert.match(fix, /^docker compose (?:up -d|restart) focus/);
    stack.local.signal("focus", "SIGCONT");

    stack.local.signal("nats", "SIGSTOP");
    const ended = await runOperators(stack.local, "doctor");
    stack.local.signal("nats", "SIGCONT");
    assert.equal(ended.code, 2);
    assert.match(ended.said, /^✖ NATS is out of reach: is Veche running\?\n {2}→ start it/);
  });
});

test("a name that stands for nothing is said, with what to do", async () => {
  await using stack = await startTestStack({ VECHE_HOST_ID: "school-1", PUBLIC_URL: "https://meet.nowhere.invalid" });
  const error = /^meet\.nowhere\.invalid, seen from school-1: the name stands for no address$/;
  assert.equal(await errorsSoon(stack, [error]), 1);
});

test("at the address of the name somebody else answers, or nobody, or our own web", async () => {
  const { certificate, key } = await issue(await createRoot("Another", Date.now()), ["localhost"], Date.now());
  const stranger = createServer({ cert: certificate, key }, (_request, response) => response.end("It works!"));
  stranger.listen(0, "127.0.0.1");
  await once(stranger, "listening");
  const { port } = stranger.address() as AddressInfo;
  await using stack = await startTestStack({ VECHE_HOST_ID: "school-1", PUBLIC_URL: `https://localhost:${port}` });
  const where = `^localhost:${port}, seen from school-1 \\([^)]+\\): `;
  await errorsSoon(stack, [new RegExp(`${where}something else answers there$`)]);
  stranger.close();
  await once(stranger, "close");
  await errorsSoon(stack, [new RegExp(`${where}nobody answers: .*ECONNREFUSED`)]);
});

test("an address that clients are told of and that leads nowhere is said", async () => {
  // The address is of no network (RFC 5737).
  const env = { VECHE_HOST_ID: "school-1", JVB_ADVERTISE_IPS: "192.0.2.1", JVB_ADVERTISE_PRIVATE_CANDIDATES: "false" };
  await using stack = await startTestStack(env);
  await saidSoon(
    stack,
    /^bridge jvb-1: clients are told of 192\.0\.2\.1:\d+\/udp, where this bridge cannot reach itself/,
  );
});
