/** How soon somebody can do something: the start page, the look at the devices, and the call, on an old laptop's line. */
import type { Browser, CDPSession, Page } from "playwright-core";
import { type Distribution, distribution } from "../figures.ts";

/** An old laptop behind a school's line. */
export const profile = { cpuSlowdown: 4, megabitsPerSecond: 20, roundTripMs: 40 } as const;

export type Opening = {
  /** From the address to a page whose main field or button works, with nothing kept from before. */
  readonly welcomeUsableMs: Distribution;
  readonly prejoinUsableMs: Distribution;
  /** The same when the browser has the files already. */
  readonly prejoinAgainUsableMs: Distribution;
  /** "Join" pressed → in the room, which has nobody else in it. */
  readonly pressedToJoinedMs: Distribution;
  readonly transferredKB: number;
};

/** Notes the page's own time when what is looked for is there and can be used. */
const watch = (selector: string): string => `(() => {
  const look = () => {
    const found = document.querySelector(${JSON.stringify(selector)});
    if (found && !found.disabled && found.getBoundingClientRect().height > 0)
      requestAnimationFrame(() => setTimeout(() => { globalThis.benchUsable = performance.now(); }));
    else requestAnimationFrame(look);
  };
  look();
})();`;

export async function measureOpening(browser: Browser, origin: string, rounds: number): Promise<Opening> {
  const welcome: number[] = [];
  const prejoin: number[] = [];
  const again: number[] = [];
  const joined: number[] = [];
  let transferred = 0;
  for (let round = -1; round < rounds; round++) {
    const first = await openSlowly(browser, "#room-name");
    const welcomeMs = await usableMs(first, origin);
    await first.context().close();
    const page = await openSlowly(browser, "#join");
    const prejoinMs = await usableMs(page, `${origin}/bench-${round + 1}`);
    transferred = await page.evaluate<number>(
      `[...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")].reduce((sum, { transferSize }) => sum + transferSize, 0)`,
    );
    const againMs = await usableMs(page, `${origin}/bench-${round + 1}`);
    const joinedMs = await pressJoin(page);
    await page.context().close();
    // The first round fills the server's own store of compressed files.
    if (round < 0) continue;
    welcome.push(welcomeMs);
    prejoin.push(prejoinMs);
    again.push(againMs);
    joined.push(joinedMs);
  }
  return {
    welcomeUsableMs: distribution(welcome),
    prejoinUsableMs: distribution(prejoin),
    prejoinAgainUsableMs: distribution(again),
    pressedToJoinedMs: distribution(joined),
    transferredKB: Math.round(transferred / 1000),
  };
}

async function openSlowly(browser: Browser, usable: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "ru-RU" });
  const page = await context.newPage();
  await page.addInitScript({ content: watch(usable) });
  await slowDown(await context.newCDPSession(page));
  return page;
}

async function slowDown(cdp: CDPSession): Promise<void> {
  const bytesPerSecond = (profile.megabitsPerSecond * 1_000_000) / 8;
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: profile.roundTripMs,
    downloadThroughput: bytesPerSecond,
    uploadThroughput: bytesPerSecond,
  });
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: profile.cpuSlowdown });
}

async function usableMs(page: Page, url: string): Promise<number> {
  await page.goto("about:blank");
  await page.goto(url, { waitUntil: "commit" });
  const handle = await page.waitForFunction("globalThis.benchUsable");
  return Number(await handle.jsonValue());
}

async function pressJoin(page: Page): Promise<number> {
  const handle = await page.evaluateHandle(`new Promise((resolve) => {
    const pressed = performance.now();
    document.querySelector("#join").click();
    const timer = setInterval(() => {
      if (veche.state().phase.name !== "joined") return;
      clearInterval(timer);
      resolve(performance.now() - pressed);
    }, 8);
  })`);
  return Number(await handle.jsonValue());
}
