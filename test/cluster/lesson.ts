/** A lesson on two signalling hosts of one unit: Anna comes by WebSocket, Boris by BOSH, and nothing is to trouble them. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../harness/browser.ts";
import { anna, boris, gleb } from "../harness/identities.ts";
import { type AppState, allPerceiveAll, Participant } from "../harness/participant.ts";
import { forgetGaps, gapsOf } from "../harness/senses.ts";
import type { SignallingHosts } from "../harness/signalling-hosts.ts";
import { longestStandstillMs } from "../harness/standstill.ts";

const room = "a lesson on three servers";
/** Media does not pass through signalling. */
const untouchedMs = process.env.CI ? 5_000 : 1_500;
/** Two elections of nats-server and a lease. */
export const takeoverMs = 40_000;

/** XMPP's `resumeMs`, and a takeover before it counts. */
const goneMs = 60_000 + takeoverMs;

type Times = { readonly saidMs: number; readonly joinedMs: number };

export class Lesson implements AsyncDisposable {
  readonly #hosts: SignallingHosts;
  readonly #browser: Browser;
  readonly #people: Participant[] = [];
  #chatLines = 0;

  private constructor(hosts: SignallingHosts, browser: Browser) {
    this.#hosts = hosts;
    this.#browser = browser;
  }

  static async begin(hosts: SignallingHosts): Promise<Lesson> {
    const lesson = new Lesson(hosts, await launchBrowser());
    const overBosh = { overrides: ["config.preferBosh=true"] };
    lesson.#people.push(await Participant.join(lesson.#browser, hosts.roomUrl(room), anna));
    lesson.#people.push(await Participant.join(lesson.#browser, hosts.roomUrl(room), boris, overBosh));
    await allPerceiveAll(lesson.#people);
    return lesson;
  }

  /** What is said reaches everybody once, and somebody new is let in, seen and heard; returns how long each took. */
  async goesOn(): Promise<Times> {
    const began = performance.now();
    this.#chatLines += this.#people.length;
    await Promise.all(this.#people.map((each) => each.say(`line ${this.#chatLines} of ${each.identity.name}`)));
    const hasAll = ({ chat }: AppState) => chat.length === this.#chatLines;
    for (const each of this.#people) await each.until("has every line once", hasAll, { timeoutMs: takeoverMs });
    const said = performance.now();
    await this.#receiveGleb();
    return { saidMs: Math.round(said - began), joinedMs: Math.round(performance.now() - said) };
  }

  /** Nobody misses anybody while `harm` is done, nobody has to join again, and then everything works. */
  async isUntroubledBy(t: TestContext, harm: () => Promise<void>): Promise<void> {
    const endpoints = await this.#endpoints();
    await Promise.all(this.#people.map(({ page }) => forgetGaps(page)));
    const began = performance.now();
    await harm();
    const { saidMs, joinedMs } = await this.goesOn();
    let longestMs = 0;
    for (const each of this.#people) {
      const own = await each.endpoint();
      const gaps = (await gapsOf(each.page)).filter(({ endpoint }) => endpoints.includes(endpoint) && endpoint !== own);
      t.diagnostic(
        `${each.identity.name}: ${gaps.map((gap) => `${gap.kind} ${Math.round(gap.longestMs)} ms`).join(", ")}`,
      );
      longestMs = Math.max(longestMs, ...gaps.map((gap) => gap.longestMs));
    }
    t.diagnostic(
      `chat after ${saidMs} ms, a join after ${joinedMs} ms more, longest gap of media ${Math.round(longestMs)} ms`,
    );
    assert.deepEqual(await this.#endpoints(), endpoints, "nobody had to join again");
    assert.ok(longestMs <= untouchedMs + longestStandstillMs(began), `somebody was gone for ${longestMs} ms`);
  }

  async end(): Promise<void> {
    for (const each of this.#people) await each.hangUp();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }

  #endpoints(): Promise<string[]> {
    return Promise.all(this.#people.map((each) => each.endpoint()));
  }

  async #receiveGleb(): Promise<void> {
    const newcomer = await Participant.arrive(this.#browser, gleb);
    await newcomer.ask(this.#hosts.roomUrl(room), []);
    const isIn = ({ page, connection }: AppState) => page === "call" && connection === "connected";
    const all = [...this.#people, newcomer];
    let endpoint = "";
    try {
      await newcomer.until("is in the call", isIn, { timeoutMs: takeoverMs });
      endpoint = await newcomer.endpoint();
      await allPerceiveAll(all).catch(async (error: unknown) => {
        throw new Error(`${String(error)}\n${await this.#whatIsServed()}`);
      });
    } finally {
      // Whatever failed: nobody stays in the room for the tests that follow.
      await newcomer.hangUp().catch(() => undefined);
      await newcomer.page.context().close();
    }
    // A host that is lost in that moment takes the goodbye with it: then his place is kept as long as any (60 s).
    const isGone = ({ participants }: AppState) => participants.every(({ id }) => id !== endpoint);
    for (const each of this.#people) await each.until("has seen Gleb leave", isGone, { timeoutMs: goneMs });
  }

  /** For whoever looks for a fault: what each focus has of everybody. */
  async #whatIsServed(): Promise<string> {
    const { a, b } = this.#hosts;
    const rooms = await Promise.all([a, b].map(async (host) => `${host.id}: ${await host.rooms()}`));
    return rooms.join("\n");
  }
}
