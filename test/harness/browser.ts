/** Chromium with pages whose camera and microphone are a colour and a tone of their own. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { cssColor, type Identity } from "./identities.ts";

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
];

const candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** CHROMIUM_BIN, or where a system usually has it. */
export function chromiumPath(): string | undefined {
  return process.env.CHROMIUM_BIN ?? candidates.find((path) => existsSync(path));
}

/** For `test(name, { skip })`: why there is no browser to test with, or false. */
export function withoutBrowser(): string | false {
  return chromiumPath() === undefined ? "no Chromium here: install it, or name it in CHROMIUM_BIN" : false;
}

export async function launchBrowser(extraFlags: readonly string[] = []): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error("no Chromium: set CHROMIUM_BIN");
  return chromium.launch({ executablePath, headless: true, args: [...flags, ...extraFlags] });
}

const pageScript = (name: string): Promise<string> => readFile(new URL(`./page/${name}`, import.meta.url), "utf8");

export type StageOptions = {
  /** Draws a person instead of a plain colour. */
  readonly isPortrait?: boolean;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly locale?: string;
  /** Browser storage apart from other pages: participants are then different guests. */
  readonly context?: BrowserContext;
};

/** A page with somebody before the camera; nothing is loaded yet. */
export async function openStage(browser: Browser, identity: Identity, options: StageOptions = {}): Promise<Page> {
  const context =
    options.context ??
    (await browser.newContext({
      viewport: options.viewport ?? { width: 960, height: 600 },
      locale: options.locale ?? "en-GB",
      ignoreHTTPSErrors: true,
    }));
  const page = await context.newPage();
  const described = {
    ...identity,
    look: identity.color,
    color: cssColor(identity.color),
    screenColor: cssColor(identity.screenColor),
  };
  await page.addInitScript({ content: `globalThis.vecheIdentity = ${JSON.stringify(described)};` });
  if (options.isPortrait) await page.addInitScript({ content: await pageScript("portrait.js") });
  await page.addInitScript({ content: await pageScript("camera.js") });
  await page.addInitScript({ content: await pageScript("senses.js") });
  return page;
}
