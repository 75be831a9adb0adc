/** Somebody else's site, at an address of its own, that shows a meeting in a frame. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Frame, Page } from "playwright-core";
import { openStage } from "./browser.ts";
import type { Identity } from "./identities.ts";
import type { AppState } from "./participant.ts";
import { eventually, type WaitOptions } from "./wait.ts";

export type HeardEvent = { readonly name: string; readonly data: Readonly<Record<string, unknown>> };

export type EmbeddingSite = AsyncDisposable & { readonly url: string };

/** Answers everything with the one page. */
export async function openEmbeddingSite(html: string): Promise<EmbeddingSite> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A page that loads our script and keeps every event it tells of. */
export function pageWithScript(app: string): string {
  return `<!doctype html><title>A school's own site</title><div id="meeting" style="height: 500px"></div>
<script src="${app}/external_api.js"></script>
<script>
  const heard = [];
  function embed(options) {
    const api = new JitsiMeetExternalAPI("${new URL(app).host}", {
      noSSL: true, parentNode: document.getElementById("meeting"), height: "100%", ...options,
    });
    for (const name of [...api.getSupportedEvents(), "largeVideoChanged"])
      api.on(name, (data) => heard.push({ name, data: data ?? {} }));
    globalThis.api = api;
  }
</script>`;
}

/** The page, what it heard, and the app in its frame. */
export class EmbeddingPage {
  readonly page: Page;
  readonly troubles: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.troubles.push(`${error.name}: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") this.troubles.push(message.text());
    });
  }

  static async open(browser: Browser, url: string, identity: Identity): Promise<EmbeddingPage> {
    const page = await openStage(browser, identity);
    await page.goto(url);
    return new EmbeddingPage(page);
  }

  get frame(): Frame {
    const frame = this.page.frames().find((each) => each !== this.page.mainFrame());
    if (frame === undefined) throw new Error("no frame yet");
    return frame;
  }

  state(): Promise<AppState> {
    return this.frame.evaluate<AppState>("veche.state()");
  }

  async until(what: string, holds: (state: AppState) => boolean, options: WaitOptions = {}): Promise<void> {
    await eventually(
      what,
      async () => {
        const state = await this.state().catch((error: unknown) => String(error));
        if (typeof state === "string") return state;
        return holds(state) ? undefined : `${JSON.stringify(state)} ${this.troubles.slice(-5).join(" | ")}`;
      },
      options,
    );
  }

  async command(name: string, ...args: readonly unknown[]): Promise<void> {
    await this.page.evaluate(
      ([command, rest]) => {
        (globalThis as unknown as { api: { executeCommand(...all: unknown[]): void } }).api.executeCommand(
          command,
          ...rest,
        );
      },
      [name, args] as const,
    );
  }

  /** A method of the API object, with what it returns or resolves to. */
  call(name: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.page.evaluate(
      ([method, rest]) =>
        (globalThis as unknown as { api: Record<string, (...all: unknown[]) => unknown> }).api[method]?.(...rest),
      [name, args] as const,
    );
  }

  heard(name: string): Promise<readonly HeardEvent[]> {
    return this.page.evaluate<HeardEvent[]>(`heard.filter((each) => each.name === ${JSON.stringify(name)})`);
  }

  async hears(
    name: string,
    fits: (data: HeardEvent["data"]) => boolean = () => true,
    options: WaitOptions = {},
  ): Promise<void> {
    await eventually(
      `the page hears ${name}`,
      async () => {
        const events = await this.heard(name);
        return events.some(({ data }) => fits(data)) ? undefined : JSON.stringify(events);
      },
      options,
    );
  }
}
