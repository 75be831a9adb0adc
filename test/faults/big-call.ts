/** Ten people in one room of several bridges: light ones, and where there is a browser, three who use the web app. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { ProcessName } from "@veche/deploy/local/stack.ts";
import type { Browser } from "playwright-core";
import { anna, boris, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { forgetGaps, gapsOf } from "../harness/senses.ts";
import type { TestStack } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import type { Wishes } from "../load/bridge-channel.ts";
import { Crowd } from "../load/crowd.ts";
import type { Participant as Light } from "../load/participant.ts";
import { placeOf } from "../load/place.ts";
import { type Gaps, longestGapMs, mediaBackMs, owners, untouchedMs } from "./gaps.ts";

/** Longer than anything between two packets of sound or picture that flow. */
const recentMs = 800;
const settledMs = 30_000;
const people = 10;
/** Of the light ones. */
const lightCameras = 2;
/**
 * On a machine where everything waits for everything the measured estimate falls, and pictures are suspended that no fault
 * took away. `bigCallSettings` allow it.
 */
export const allOfIt: Wishes = { lastN: -1, height: 180, onStage: [], assumedBandwidthBps: 5_000_000 };

/** Settings of the stack of such a call. */
export const bigCallSettings = {
  OCTO_BRIDGE_SELECTION_STRATEGY: "SplitBridgeSelectionStrategy",
  VECHE_ASSUMED_BANDWIDTH_LIMIT: "10000000",
} as const;

export async function setDraining(stack: TestStack, bridge: ProcessName, isDraining: boolean): Promise<void> {
  const url = `http://127.0.0.1:${stack.privatePortOf(bridge)}/colibri/drain/${isDraining ? "enable" : "disable"}`;
  const answer = await fetch(url, { method: "POST", signal: AbortSignal.timeout(2_000) });
  assert.ok(answer.ok, `${answer.status}`);
}

/** Somebody, whatever they are made of. */
interface Member {
  readonly endpoint: string;
  /** Who has a camera on. */
  readonly hasCamera: boolean;
  gaps(): Promise<ReadonlyMap<string, Partial<Gaps>>>;
  forget(): Promise<void>;
}

type MemberInFocus = { readonly invite?: { readonly bridge: string } };
type ConferenceInFocus = {
  readonly participants: Readonly<Record<string, MemberInFocus>>;
};

type Parts = Pick<BigCall, "stack" | "room" | "browsers"> & {
  readonly crowd: Crowd;
  readonly members: readonly Member[];
};

export class BigCall implements AsyncDisposable {
  readonly stack: TestStack;
  readonly room: string;
  readonly light: readonly Light[];
  readonly browsers: readonly Participant[];
  readonly #crowd: Crowd;
  readonly #members: readonly Member[];

  private constructor({ stack, room, crowd, browsers, members }: Parts) {
    this.stack = stack;
    this.room = room;
    this.#crowd = crowd;
    this.light = crowd.participants;
    this.browsers = browsers;
    this.#members = members;
  }

  /** Everybody receives everybody. */
  static async join(stack: TestStack, room: string, browser: Browser | undefined): Promise<BigCall> {
    const browsers: Participant[] = [];
    if (browser !== undefined) {
      for (const identity of [anna, boris, vera])
        browsers.push(await Participant.join(browser, stack.roomUrl(room), identity));
    }
    const crowd = await Crowd.open(placeOf(stack.local));
    const count = people - browsers.length;
    try {
      const light = await crowd.join({ room, people: count, cameras: lightCameras, wishes: allOfIt });
      const ids = await Promise.all(browsers.map((each) => each.endpoint()));
      const members = [
        ...light.map((each, index) => new LightMember(each, index < lightCameras, () => call.endpoints)),
        ...browsers.map((each, index) => new BrowserMember(each, ids[index] ?? "", () => ids)),
      ];
      const call: BigCall = new BigCall({ stack, room, crowd, browsers, members });
      await call.isWhole();
      return call;
    } catch (error) {
      crowd[Symbol.dispose]();
      throw error;
    }
  }

  get endpoints(): readonly string[] {
    return this.#members.map(({ endpoint }) => endpoint);
  }

  /** Everybody gets the sound of everybody and the picture of whoever has a camera, from now on. */
  async isWhole(): Promise<void> {
    await this.#forget();
    await eventually("everybody gets everybody", () => this.#missing(), { timeoutMs: settledMs });
    await allPerceiveAll(this.browsers);
  }

  /** Which bridge each has been invited to, by endpoint. */
  async placement(): Promise<ReadonlyMap<string, string>> {
    const participants = await this.inFocus();
    return new Map(Object.entries(participants).map(([endpoint, { invite }]) => [endpoint, invite?.bridge ?? ""]));
  }

  /** Nobody while the focus is not there. */
  async inFocus(): Promise<Readonly<Record<string, MemberInFocus>>> {
    const { focus } = this.stack.local.ports;
    const answer = await fetch(`http://127.0.0.1:${focus}/debug/conferences-full`).catch(() => undefined);
    const conferences = ((await answer?.json()) ?? {}) as Record<string, ConferenceInFocus>;
    return Object.values(conferences)[0]?.participants ?? {};
  }

  /**
   * Does something to the system, waits until everybody has everybody again, and says how long anybody was missed: by or
   * of those whom it concerns, and by the others of each other.
   */
  async survives(
    t: TestContext,
    concerned: readonly string[],
    act: () => Promise<unknown>,
    backMs = mediaBackMs,
  ): Promise<void> {
    const [members, invitations] = [this.endpoints, this.#invitations()];
    await this.#forget();
    await act();
    // What came just before still counts as recent.
    await delay(recentMs + 200);
    await eventually("everybody gets everybody again", () => this.#missing(), { timeoutMs: settledMs });
    await this.#assertGaps(t, new Set(concerned), backMs);
    await allPerceiveAll(this.browsers);
    for (const each of this.browsers) await each.assertInCall();
    await eventually("the focus has everybody", async () => {
      const found = Object.keys(await this.inFocus());
      return members.every((each) => found.includes(each)) ? undefined : `it has ${found.join(", ")}`;
    });
    for (const { nick, left, faults } of this.light) {
      assert.deepEqual(faults, [], nick);
      assert.deepEqual(
        left.filter((each) => members.includes(each)),
        [],
        "nobody left the room",
      );
    }
    const again = this.light
      .filter(({ nick, invitations: now }) => now !== invitations.get(nick))
      .map((one) => one.nick);
    assert.deepEqual(
      again.filter((nick) => !concerned.includes(nick)),
      [],
      "nobody else was invited again",
    );
  }

  /** Of each other there is one picture and one sound, and of nobody else anything. */
  assertNothingTwice(): void {
    const now = performance.now();
    for (const { nick, reception } of this.light) {
      const flowing = reception.streams.filter(({ lastAtMs }) => now - lastAtMs < recentMs);
      const sounds = flowing
        .filter(({ announced }) => announced.kind === "audio")
        .map(({ announced }) => announced.owner);
      assert.deepEqual(sounds.toSorted(), this.endpoints.filter((each) => each !== nick).toSorted());
      const pictures = flowing.filter(({ announced }) => announced.kind === "video");
      assert.equal(new Set(pictures.map(({ announced }) => announced.source)).size, pictures.length);
    }
  }

  async end(): Promise<void> {
    for (const each of this.light) each.leave();
    for (const each of this.browsers) await each.hangUp();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#crowd[Symbol.dispose]();
    for (const each of this.browsers) await each.page.context().close();
  }

  #invitations(): ReadonlyMap<string, number> {
    return new Map(this.light.map(({ nick, invitations }) => [nick, invitations]));
  }

  async #forget(): Promise<void> {
    await Promise.all(this.#members.map((each) => each.forget()));
  }

  /** Who has not had whom lately. */
  async #missing(): Promise<string | undefined> {
    for (const { nick, reception } of this.light) {
      const flowing = owners(reception, performance.now() - recentMs);
      for (const { endpoint, hasCamera } of this.#members) {
        const kinds = flowing.get(endpoint);
        if (endpoint !== nick && !(kinds?.has("audio") && (!hasCamera || kinds.has("video"))))
          return `${nick} has ${[...(kinds ?? ["nothing"])]} of ${endpoint}`;
      }
    }
    return undefined;
  }

  async #assertGaps(t: TestContext, concerned: ReadonlySet<string>, backMs: number): Promise<void> {
    const longest = { concerned: { audio: 0, video: 0 }, others: { audio: 0, video: 0 } };
    for (const member of this.#members) {
      for (const [owner, gaps] of await member.gaps()) {
        const hasCamera = this.#members.some((each) => each.endpoint === owner && each.hasCamera);
        const which = concerned.has(owner) || concerned.has(member.endpoint) ? longest.concerned : longest.others;
        which.audio = Math.max(which.audio, gaps.audio ?? 0);
        if (hasCamera) which.video = Math.max(which.video, gaps.video ?? 0);
      }
    }
    const shown = ({ audio, video }: Gaps) => `audio ${Math.round(audio)} ms, video ${Math.round(video)} ms`;
    t.diagnostic(`longest gap of the ${concerned.size} concerned: ${shown(longest.concerned)}`);
    t.diagnostic(`longest gap among the others: ${shown(longest.others)}`);
    // The estimate of a new session begins low: pictures may follow the sound at some distance.
    const within = ({ audio, video }: Gaps, limitMs: number) => audio <= limitMs && video <= 2 * limitMs;
    assert.ok(within(longest.concerned, backMs), `gone for too long: ${shown(longest.concerned)}`);
    assert.ok(within(longest.others, untouchedMs), `others noticed: ${shown(longest.others)}`);
  }
}

class LightMember implements Member {
  readonly hasCamera: boolean;
  readonly #light: Light;
  readonly #everybody: () => readonly string[];
  #sinceMs = 0;

  constructor(light: Light, hasCamera: boolean, everybody: () => readonly string[]) {
    this.#light = light;
    this.hasCamera = hasCamera;
    this.#everybody = everybody;
  }

  get endpoint(): string {
    return this.#light.nick;
  }

  gaps(): Promise<ReadonlyMap<string, Gaps>> {
    const others = this.#everybody().filter((each) => each !== this.endpoint);
    return Promise.resolve(
      new Map(others.map((each) => [each, longestGapMs(this.#light.reception, each, this.#sinceMs)])),
    );
  }

  forget(): Promise<void> {
    this.#sinceMs = performance.now();
    this.#light.reception.restart();
    return Promise.resolve();
  }
}

class BrowserMember implements Member {
  readonly hasCamera = true;
  readonly endpoint: string;
  readonly #participant: Participant;
  readonly #seen: () => readonly string[];

  /** Light ones send noise that no decoder takes for a picture or a tone: only other browsers are looked at. */
  constructor(participant: Participant, endpoint: string, seen: () => readonly string[]) {
    this.#participant = participant;
    this.endpoint = endpoint;
    this.#seen = seen;
  }

  async gaps(): Promise<ReadonlyMap<string, Partial<Gaps>>> {
    const found = new Map<string, { audio?: number; video?: number }>();
    for (const { endpoint, kind, longestMs } of await gapsOf(this.#participant.page)) {
      if (kind !== "desktop" && this.#seen().includes(endpoint))
        found.set(endpoint, { ...found.get(endpoint), [kind]: longestMs });
    }
    return found;
  }

  forget(): Promise<void> {
    return forgetGaps(this.#participant.page);
  }
}
