/** Looks at a page as somebody would: what sticks out, overlaps, is too small to press, too pale, or lacks a name. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import axe, { type AxeResults } from "axe-core";
import type { CDPSession, Page } from "playwright-core";
import { takePicture } from "../harness/picture.ts";

export type View = {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Fingers instead of a mouse: everything is larger. */
  readonly isTouched: boolean;
};

export const wide: View = { name: "wide", width: 1280, height: 800, isTouched: false };
export const phone: View = { name: "phone", width: 390, height: 844, isTouched: true };
export const phoneOnItsSide: View = { name: "phone-on-its-side", width: 844, height: 390, isTouched: true };
export const smallPhone: View = { name: "small-phone", width: 360, height: 640, isTouched: true };
/** What 200 % of the wide one leaves (WCAG 1.4.4, 1.4.10). */
export const zoomed: View = { name: "zoomed", width: 640, height: 400, isTouched: false };
export const views: readonly View[] = [wide, phone, phoneOnItsSide, smallPhone, zoomed];

export type Theme = "light" | "dark";

/** WCAG 2.5.8 and 2.5.5: for a mouse, for a finger. */
const leastTargetPx = { mouse: 24, finger: 44 } as const;

/** What people chose themselves (names, addresses, titles) may end in dots where there is no more place. */
const mayEnd = [
  ".tile-text",
  ".room-title",
  ".brand",
  "[data-may-end]",
  "[class*=name]",
  "select",
  ".recent a",
  ".suggested",
  ".avatar",
].join();
/** Lists of tabs and tables that are wider than a phone. */
const mayScroll = "[data-may-scroll], [role=tablist], .statistics-scroll";

/** WCAG 2.1 AA, and what axe's authors hold for good besides. */
const axeTags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];

const lookScript = readFile(join(import.meta.dirname, "page/look.js"), "utf8");

export class Look {
  readonly page: Page;
  #cdp: CDPSession | undefined;

  constructor(page: Page) {
    this.page = page;
  }

  async take(view: View): Promise<void> {
    this.#cdp ??= await this.page.context().newCDPSession(this.page);
    await this.#cdp.send("Emulation.setTouchEmulationEnabled", {
      enabled: view.isTouched,
      ...(view.isTouched ? { maxTouchPoints: 5 } : {}),
    });
    await this.page.setViewportSize({ width: view.width, height: view.height });
  }

  async light(theme: Theme): Promise<void> {
    await this.page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    // A call is dark unless somebody chose light.
    await this.page.evaluate(`document.documentElement.dataset.theme = "${theme}"`);
  }

  async background(): Promise<string> {
    await this.#teach();
    return this.page.evaluate<string>("vecheLook.background()");
  }

  /** What of the layout is wrong. */
  async faults({ isTouched }: View): Promise<string[]> {
    await this.#teach();
    const options = { leastTargetPx: isTouched ? leastTargetPx.finger : leastTargetPx.mouse, mayEnd, mayScroll };
    return this.page.evaluate<string[]>(`vecheLook.faults(${JSON.stringify(options)})`);
  }

  /** What moves though the reader asked for peace. */
  async moving(): Promise<string[]> {
    await this.#teach();
    return this.page.evaluate<string[]>("vecheLook.moving()");
  }

  async axeFaults(): Promise<string[]> {
    await this.#teach();
    const run = {
      runOnly: { type: "tag", values: axeTags },
      resultTypes: ["violations"],
      // A toolbar and a place for notices are announced by roles of their own.
      rules: { region: { enabled: false } },
    };
    const { violations } = await this.page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(run)})`);
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, any }) => `axe ${id}: ${help}: ${target.join(" ")} ${any[0]?.message ?? ""}`.trim()),
    );
  }

  async picture(name: string): Promise<void> {
    await takePicture(this.page, name);
  }

  async #teach(): Promise<void> {
    const isTaught = await this.page.evaluate<boolean>("'vecheLook' in globalThis && 'axe' in globalThis");
    if (isTaught) return;
    await this.page.evaluate(await lookScript);
    await this.page.evaluate(axe.source);
  }
}
