/** What a call costs the page of somebody who sees many: time of its main thread, memory, and what jumps when people come and go. */
import { setTimeout as pause } from "node:timers/promises";
import type { Browser, CDPSession, Page } from "playwright-core";
import { eventually } from "../../harness/wait.ts";
import type { Crowd } from "../../load/crowd.ts";
import type { Film } from "../../load/media/film.ts";
import { round } from "../figures.ts";

export type Tiles = {
  readonly tiles: number;
  readonly seconds: number;
  /** Of a minute. */
  readonly mainThreadSeconds: number;
  readonly scriptSeconds: number;
  readonly layoutSeconds: number;
  readonly styleSeconds: number;
  /** Of JavaScript, after everything unused was thrown away. */
  readonly heapMB: number;
  readonly heapAfterMB: number;
  readonly nodes: number;
  /** Frames decoded each second, of all pictures together. */
  readonly framesPerSecond: number;
  /** https://web.dev/cls while so many left and so many came, without anybody touching the page. */
  readonly layoutShift: number;
  readonly cameAndWent: number;
};

const wishes = { lastN: 0, height: 180, onStage: [] } as const;
const speakers = 2;
const settleMs = 10_000;

export type Given = {
  readonly browser: Browser;
  readonly crowd: Crowd;
  readonly films: readonly Film[];
  readonly roomUrl: string;
  readonly room: string;
  readonly others: number;
  readonly seconds: number;
};

export async function measureTiles(given: Given): Promise<Tiles> {
  const { browser, crowd, films, room, roomUrl, others, seconds } = given;
  await crowd.join({ room, people: others, joinsPerSecond: 8, speakers, wishes, films });
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    permissions: ["camera", "microphone"],
  });
  const page = await context.newPage();
  await page.addInitScript({ content: countShifts });
  await page.goto(`${roomUrl}#config.prejoinConfig.enabled=false&userInfo.displayName=%22Anna%22`);
  const cdp = await context.newCDPSession(page);
  await cdp.send("Performance.enable");
  await picturesOf(page, others);
  await pause(settleMs);
  const usual = await overTime(page, cdp, seconds);
  const cameAndWent = Math.ceil(others / 4);
  await page.evaluate("globalThis.benchShift = 0");
  for (const participant of crowd.participants.slice(0, cameAndWent)) participant.leave();
  await picturesOf(page, others - cameAndWent);
  await crowd.join({ room, people: cameAndWent, joinsPerSecond: 4, speakers: 0, wishes, films });
  await picturesOf(page, others);
  const layoutShift = await page.evaluate<number>("globalThis.benchShift");
  await context.close();
  return { tiles: others + 1, seconds, ...usual, layoutShift: Math.round(layoutShift * 10_000) / 10_000, cameAndWent };
}

const countShifts = `
  globalThis.benchShift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.benchShift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
`;

async function picturesOf(page: Page, count: number): Promise<void> {
  await eventually(
    `${count} pictures`,
    async () => {
      const moving = await page.evaluate<number>(
        `[...document.querySelectorAll('article[data-self="false"] video')].filter(({ videoWidth }) => videoWidth > 0).length`,
      );
      return moving === count ? undefined : `${moving} pictures`;
    },
    { timeoutMs: 60_000, pollMs: 500 },
  );
}

type Counted = Readonly<Record<string, number>>;

async function overTime(page: Page, cdp: CDPSession, seconds: number) {
  const before = await countersOf(cdp);
  const framesBefore = await framesOf(page);
  await pause(seconds * 1000);
  const after = await countersOf(cdp);
  const frames = (await framesOf(page)) - framesBefore;
  const eachMinute = (name: string): number => round((((after[name] ?? 0) - (before[name] ?? 0)) * 60) / seconds);
  return {
    mainThreadSeconds: eachMinute("TaskDuration"),
    scriptSeconds: eachMinute("ScriptDuration"),
    layoutSeconds: eachMinute("LayoutDuration"),
    styleSeconds: eachMinute("RecalcStyleDuration"),
    heapMB: round((before.JSHeapUsedSize ?? 0) / 1e6),
    heapAfterMB: round((after.JSHeapUsedSize ?? 0) / 1e6),
    nodes: after.Nodes ?? 0,
    framesPerSecond: Math.round(frames / seconds),
  };
}

async function countersOf(cdp: CDPSession): Promise<Counted> {
  await cdp.send("HeapProfiler.collectGarbage");
  const { metrics } = await cdp.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

function framesOf(page: Page): Promise<number> {
  return page.evaluate<number>(
    `[...document.querySelectorAll('article[data-self="false"] video')].reduce((sum, video) => sum + video.getVideoPlaybackQuality().totalVideoFrames, 0)`,
  );
}
