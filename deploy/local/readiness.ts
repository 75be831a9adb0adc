/** A stack is ready when each part that answers for the others says that it is well. */
import { setTimeout as pause } from "node:timers/promises";
import type { Ports } from "./ports.ts";
import type { Supervisor } from "./supervisor.ts";

const readyWithinMs = 30_000;
const askAgainMs = 50;
/** A program that ends this often before the stack is ready will not start by itself. */
const hopelessEnds = 4;

export async function waitUntilReady(
  ports: Ports,
  supervisors: ReadonlyMap<string, Supervisor>,
  recentLines: ReadonlyMap<string, readonly string[]>,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  const tell = (name: string) => (recentLines.get(name) ?? []).join("\n  ");
  for (;;) {
    const problem = await firstProblem(ports, supervisors);
    if (!problem) return;
    signal?.throwIfAborted();
    for (const [name, { quickEnds }] of supervisors)
      if (quickEnds >= hopelessEnds) throw new Error(`${name} does not start. Its last lines:\n  ${tell(name)}`);
    if (performance.now() > deadline)
      throw new Error(
        `not ready after ${readyWithinMs / 1000} s: ${problem.part} says ${problem.says}. Its last lines:\n  ${tell(problem.part)}`,
      );
    await pause(askAgainMs);
  }
}

/** The focus is healthy only with NATS, the XMPP server and a bridge behind it. */
async function firstProblem(
  ports: Ports,
  started: ReadonlyMap<string, unknown>,
): Promise<{ part: string; says: string } | undefined> {
  const questions = [
    { part: "xmpp", url: `http://127.0.0.1:${ports.xmpp}/health/ready` },
    { part: "videobridge", url: `http://127.0.0.1:${ports.bridgeRest}/about/health` },
    { part: "focus", url: `http://127.0.0.1:${ports.focus}/about/health` },
    { part: "web", url: `http://127.0.0.1:${ports.http}/` },
    { part: "recorder", url: `http://127.0.0.1:${ports.recorder}/jibri/api/v1.0/health` },
    { part: "sip-gateway", url: `http://127.0.0.1:${ports.gateway}/about/health` },
    { part: "webhooks", url: `http://127.0.0.1:${ports.webhooks}/health/ready` },
  ];
  for (const { part, url } of questions.filter((each) => started.has(each.part))) {
    const says = await ask(url);
    if (says) return { part, says };
  }
  return undefined;
}

async function ask(url: string): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2_000), redirect: "manual" });
    const text = await answer.text();
    return answer.status < 400 ? undefined : `${answer.status} ${text.slice(0, 200)}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message : String(cause);
  }
}
