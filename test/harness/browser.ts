/** Browsers with pages whose camera and microphone are a colour and a tone of their own. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, firefox, type Page } from "playwright-core";
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

/** What Chromium's flags do: no questions, no callers at home, and a page that nobody looks at works on. */
const firefoxSettings = {
  "app.normandy.enabled": false,
  "app.update.disabledForTesting": true,
  "browser.safebrowsing.downloads.remote.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "datareporting.policy.dataSubmissionEnabled": false,
  "dom.min_background_timeout_value": 4,
  "dom.timeout.enable_budget_timer_throttling": false,
  "extensions.update.enabled": false,
  "media.autoplay.blocking_policy": 0,
  "media.autoplay.default": 0,
  // Sound goes nowhere, but it goes: without a device no sound is made at all, nor listened to.
  "media.cubeb.force_mock_context": true,
  "media.gmp-manager.updateEnabled": false,
  "media.navigator.permission.disabled": true,
  "media.navigator.streams.fake": true,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.enabled": false,
};

const candidates = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const firefoxCandidates = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];
const firefoxRelay = fileURLToPath(new URL("./firefox-relay.mjs", import.meta.url));

/** CHROMIUM_BIN, or where a system usually has it. */
export function chromiumPath(): string | undefined {
  return process.env.CHROMIUM_BIN ?? candidates.find((path) => existsSync(path));
}

/** FIREFOX_BIN, or where a system usually has it. */
export function firefoxPath(): string | undefined {
  return process.env.FIREFOX_BIN ?? firefoxCandidates.find((path) => existsSync(path));
}

/** For `test(name, { skip })`: why there is no browser to test with, or false. */
export function withoutBrowser(): string | false {
  return chromiumPath() === undefined ? "no Chromium here: install it, or name it in CHROMIUM_BIN" : false;
}

/** The same for Firefox. */
export function withoutFirefox(): string | false {
  return firefoxPath() === undefined ? "no Firefox here: install it, or name it in FIREFOX_BIN" : false;
}

export async function launchFirefox(): Promise<Browser> {
  const path = firefoxPath();
  if (path === undefined) throw new Error("no Firefox: set FIREFOX_BIN");
  return firefox.launch({
    // As released, by WebDriver BiDi; without this Playwright expects a Firefox of its own.
    channel: "moz-firefox",
    executablePath: firefoxRelay,
    env: { ...process.env, FIREFOX_BIN: path },
    headless: true,
    firefoxUserPrefs: firefoxSettings,
  });
}

/** `executablePath`: another program, which starts the browser elsewhere. */
export async function launchBrowser(
  extraFlags: readonly string[] = [],
  executablePath = chromiumPath(),
): Promise<Browser> {
  if (executablePath === undefined) throw new Error("no Chromium: set CHROMIUM_BIN");
  return chromium.launch({ executablePath, headless: true, args: [...flags, ...extraFlags] });
}

const pageScript = (name: string): Promise<string> => readFile(new URL(`./page/${name}`, import.meta.url), "utf8");

export type StageOptions = {
  /** Draws a person instead of a plain colour. */
  readonly isPortrait?: boolean;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly locale?: string;
  /** Its line is one that is made narrow or cut: the bridge is to measure it. Others are taken to carry all (`page/sure-line.js`). */
  readonly isLineMeasured?: boolean;
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
  if (!options.isLineMeasured) await page.addInitScript({ content: await pageScript("sure-line.js") });
  await page.addInitScript({ content: await pageScript("camera.js") });
  await page.addInitScript({ content: await pageScript("senses.js") });
  return page;
}
