/** From opening the room to the first decoded frame of somebody else, with two people in the room. */
import type { Browser } from "playwright-core";
import { anna, boris, vera } from "../harness/identities.ts";
import { allPerceiveAll, Participant } from "../harness/participant.ts";
import { firstFramesOf } from "../harness/senses.ts";
import { eventually } from "../harness/wait.ts";
import { type Distribution, distribution } from "./figures.ts";

const joins = 20;
/** The first join of a browser also compiles and caches. */
const warmUpJoins = 2;

export type JoinResult = {
  /** The button "join" is pressed → the page is in the room. */
  readonly pressedToJoinedMs: Distribution;
  /** … → the first frame of somebody else is decoded. */
  readonly pressedToFirstFrameMs: Distribution;
  /** … → a frame of everybody else is decoded. */
  readonly pressedToAllFramesMs: Distribution;
};

type Join = { readonly joined: number; readonly first: number; readonly all: number };

export async function measureJoin(browser: Browser, roomUrl: string): Promise<JoinResult> {
  const there = [await Participant.join(browser, roomUrl, anna), await Participant.join(browser, roomUrl, boris)];
  await allPerceiveAll(there);
  const newcomer = await Participant.arrive(browser, vera);
  const samples: Join[] = [];
  for (let index = -warmUpJoins; index < joins; index++) {
    const sample = await joinOnce(newcomer, roomUrl, there.length);
    if (index >= 0) samples.push(sample);
  }
  for (const each of there) await each.page.context().close();
  await newcomer.page.context().close();
  return {
    pressedToJoinedMs: distribution(samples.map(({ joined }) => joined)),
    pressedToFirstFrameMs: distribution(samples.map(({ first }) => first)),
    pressedToAllFramesMs: distribution(samples.map(({ all }) => all)),
  };
}

async function joinOnce(newcomer: Participant, roomUrl: string, others: number): Promise<Join> {
  const { page } = newcomer;
  await page.goto(roomUrl);
  await newcomer.until("has camera and name page", (state) => state.page === "prejoin" && !state.videoMuted);
  // Times are taken in the page: neither the way to the browser nor polling counts.
  const pressed = await page.evaluate<number>(`(() => {
    globalThis.benchJoined = undefined;
    const watch = setInterval(() => {
      if (veche.state().phase.name !== "joined") return;
      globalThis.benchJoined = Date.now();
      clearInterval(watch);
    }, 4);
    const now = Date.now();
    document.querySelector("#join").click();
    return now;
  })()`);
  let frames: number[] = [];
  await eventually("a frame of everybody", async () => {
    frames = Object.values(await firstFramesOf(page));
    return frames.length >= others ? undefined : `${frames.length} of ${others}`;
  });
  const joined = await page.evaluate<number>("globalThis.benchJoined");
  await newcomer.hangUp();
  return { joined: joined - pressed, first: Math.min(...frames) - pressed, all: Math.max(...frames) - pressed };
}
