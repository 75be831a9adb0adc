/** A Chromium of a session's own with one page, which ends with the session, and with this process however that ends. */
import { statfs } from "node:fs/promises";
import puppeteer, { type CDPSession, type Browser as Chromium, type Page } from "puppeteer-core";
import { bound } from "../edge/children.ts";
import { SessionError } from "../session/contract.ts";
import { browserFlags } from "./flags.ts";
import { makeProfile } from "./profiles.ts";

export type BrowserOptions = {
  readonly path: string;
  readonly origin: string;
  readonly width: number;
  readonly height: number;
  readonly trustedKey?: string;
};

const closeMs = 2_000;
const leaveMs = 1_000;
/** How long anything asked of the page may take. */
const answerMs = 10_000;

export class Browser implements AsyncDisposable {
  readonly #chromium: Chromium;
  readonly #page: Page;
  readonly #devtools: CDPSession;
  readonly #stack: AsyncDisposableStack;
  /** Resolves with what died. */
  readonly died: Promise<string>;

  private constructor(chromium: Chromium, page: Page, devtools: CDPSession, stack: AsyncDisposableStack) {
    this.#chromium = chromium;
    this.#page = page;
    this.#devtools = devtools;
    this.#stack = stack;
    const { promise, resolve } = Promise.withResolvers<string>();
    chromium.once("disconnected", () => resolve("the browser died"));
    page.once("error", () => resolve("the page of the recorder died"));
    page.once("close", () => resolve("the page of the recorder is closed"));
    this.died = promise;
  }

  /** Rejects with SessionError. */
  static async launch(options: BrowserOptions): Promise<Browser> {
    await using stack = new AsyncDisposableStack();
    const profile = stack.use(await makeProfile());
    try {
      const chromium = await puppeteer.launch(await launchOptions(options, profile.path));
      stack.defer(() => close(chromium));
      const [page = await chromium.newPage()] = await chromium.pages();
      return new Browser(chromium, page, await page.createCDPSession(), stack.move());
    } catch (cause) {
      throw new SessionError("browser-died", "the browser of the recorder does not start", { cause });
    }
  }

  /** Opens the page with entries in its storage, which no other page is given. */
  async open(address: string, storage: Readonly<Record<string, string>>): Promise<void> {
    await this.#page.evaluateOnNewDocument(fillStorage(new URL(address).origin, storage));
    await this.#page.goto(address, { waitUntil: "domcontentloaded", timeout: answerMs });
  }

  /** The value of an expression in the page, as far as JSON holds it. */
  async ask(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.#devtools.send(
      "Runtime.evaluate",
      { expression, returnByValue: true, awaitPromise: true },
      { timeout: answerMs },
    );
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /**
   * Runs a program in a world of its own beside the page's, as if by a click, with a function `binding` whose texts come to
   * `hear`.
   */
  async run(program: string, binding: string, hear: (text: string) => void): Promise<void> {
    const worldName = "veche-recorder";
    const devtools = this.#devtools;
    devtools.on("Runtime.bindingCalled", ({ name, payload }) => {
      if (name === binding) hear(payload);
    });
    await devtools.send("Runtime.enable");
    await devtools.send("Runtime.addBinding", { name: binding, executionContextName: worldName });
    const { frameTree } = await devtools.send("Page.getFrameTree");
    const world = await devtools.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName });
    const { exceptionDetails } = await devtools.send(
      "Runtime.evaluate",
      { expression: program, contextId: world.executionContextId, userGesture: true, awaitPromise: true },
      { timeout: answerMs },
    );
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  /** For tests: process id of the browser. */
  get pid(): number | undefined {
    return this.#chromium.process()?.pid;
  }
}

async function launchOptions({ path, width, height, origin, trustedKey }: BrowserOptions, profile: string) {
  const shared = await statfs("/dev/shm").catch(() => undefined);
  const flags = browserFlags({
    width,
    height,
    origin,
    isRoot: process.getuid?.() === 0,
    sharedMemoryBytes: shared ? shared.bavail * shared.bsize : 0,
    trustedKey,
  });
  const usual = await puppeteer.defaultArgs({ headless: true, userDataDir: profile, args: flags });
  // A muted browser has no sound to capture; nobody hears it all the same: the capture keeps it from being played.
  const audible = usual.filter((flag) => flag !== "--mute-audio");
  const { file, args } = bound(path, audible);
  return {
    executablePath: file,
    ignoreDefaultArgs: true,
    args: [...args],
    pipe: true,
    defaultViewport: { width, height },
    protocolTimeout: answerMs,
    timeout: answerMs,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  };
}

/**
 * Asks it to end, and ends it where it does not within two seconds, with all its processes. Who goes from the page leaves
 * the meeting; who just ends would have a place there for a minute, and a meeting that is over would go on so long.
 */
async function close(chromium: Chromium): Promise<void> {
  const main = chromium.process();
  const timer = setTimeout(() => main?.kill("SIGKILL"), closeMs);
  const [page] = await chromium.pages().catch(() => []);
  await page?.goto("about:blank", { timeout: leaveMs }).catch(() => undefined);
  await chromium.close().catch(() => main?.kill("SIGKILL"));
  clearTimeout(timer);
}

function fillStorage(origin: string, storage: Readonly<Record<string, string>>): string {
  return `if (location.origin === ${JSON.stringify(origin)})
    for (const [key, value] of Object.entries(${JSON.stringify(storage)})) localStorage.setItem(key, value);`;
}
