/** What one may see of the library of recordings. */
import type { BrowserContext } from "playwright-core";
import type { Scene } from "../harness/stack.ts";
import { Look } from "./look.ts";
import type { Language, Screen } from "./screen.ts";

export const teacher = { name: "anna", password: "red apples" };
export const beginner = { name: "boris", password: "green pears" };
export const recording = "rec1";

/** Somebody at the page of recordings. */
export class Reader {
  readonly look: Look;
  readonly #context: BrowserContext;
  readonly #address: string;

  private constructor(look: Look, context: BrowserContext, address: string) {
    this.look = look;
    this.#context = context;
    this.#address = address;
  }

  static async arrive({ browser, stack }: Scene, language: Language): Promise<Reader> {
    const context = await browser.newContext();
    const address = new URL(`/recordings?lang=${language}`, stack.local.urls.http).href;
    return new Reader(new Look(await context.newPage()), context, address);
  }

  /** Without what this browser knows from before. */
  async comeAnew(hash = ""): Promise<void> {
    await this.#context.clearCookies();
    await this.look.page.goto("about:blank");
    await this.look.page.goto(`${this.#address}${hash}`);
  }

  async signIn({ name, password }: { readonly name: string; readonly password: string }): Promise<void> {
    await this.comeAnew();
    await this.look.page.fill("#library-name", name);
    await this.look.page.fill("#library-password", password);
    await this.look.page.click("#library-sign-in button[type=submit]");
  }

  async act(name: string): Promise<void> {
    await this.look.page.click(`li[data-recording="${recording}"] [data-act="${name}"]`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}

/** What a button of the recording opens below it, and the same button closes. */
function panel(act: string, ready: string): Screen<Reader> {
  return { name: `library-${act}`, ready, open: (visit) => visit.act(act), close: (visit) => visit.act(act) };
}

export const pagesOfTheLibrary: readonly Screen<Reader>[] = [
  { name: "library-signed-out", ready: "#library-sign-in", open: (visit) => visit.comeAnew() },
  {
    name: "library-wrong-password",
    ready: '[data-problem="wrong"]',
    open: (visit) => visit.signIn({ ...teacher, password: "wrong" }),
  },
  { name: "library-closed", ready: "#library-closed", open: (visit) => visit.comeAnew("#rec1/none/no-such-link") },
  { name: "library-empty", ready: "#library-empty", open: (visit) => visit.signIn(beginner) },
  { name: "library", ready: ".library-item + .library-item", open: (visit) => visit.signIn(teacher) },
  panel("rename", ".library-panel input"),
  panel("delete", "[data-act=sure]"),
  {
    name: "library-share",
    ready: "[data-link]",
    open: async (visit) => {
      await visit.act("share");
      await visit.look.page.click(".library-panel button[type=submit]");
      await visit.look.page.waitForSelector(".library-link");
    },
    close: (visit) => visit.act("share"),
  },
  {
    name: "library-film",
    ready: "video.library-film",
    open: (visit) => visit.act("play"),
  },
];
