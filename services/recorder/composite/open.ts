/** A browser in the meeting and the film of what it shows and plays: see contract.ts. */
import { type Clock, systemClock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { Config } from "../config.ts";
import { type CaptureEnd, type Composite, type CompositeOptions, SessionError } from "../session/contract.ts";
import { Browser } from "./browser.ts";
import { film } from "./capture.ts";
import { Encoder } from "./encoder.ts";
import { formatOf } from "./format.ts";
import { layoutExpression, pageAddress, readState, stateExpression, storageOf } from "./page.ts";
import { trustedKeyOf } from "./trust.ts";
import { failed, Vigil } from "./vigil.ts";

export type CompositeDeps = { readonly config: Config; readonly log: Log; readonly clock?: Clock };

const joinMs = 30_000;
const firstPictureMs = 10_000;
const pollMs = 50;
const watchMs = 500;

export async function openComposite(options: CompositeOptions, deps: CompositeDeps): Promise<Composite> {
  const { config, log, clock = systemClock } = deps;
  const address = pageAddress(config.VECHE_WEB_ORIGIN, options);
  const account = {
    user: config.JIBRI_RECORDER_USER,
    domain: config.XMPP_HIDDEN_DOMAIN,
    password: config.JIBRI_RECORDER_PASSWORD,
  };
  const format = formatOf(config, options);
  await using stack = new AsyncDisposableStack();
  const end = Promise.withResolvers<CaptureEnd>();
  let isClosing = false;
  const finish = (how: CaptureEnd): void => {
    if (!isClosing) end.resolve(how);
  };
  const trustedKey = await trustedKeyOf(config.VECHE_WEB_ORIGIN, config.VECHE_WEB_CA_FILE);
  options.signal.throwIfAborted();
  const browser = stack.use(
    await Browser.launch({ ...format, path: config.CHROMIUM_PATH, origin: config.VECHE_WEB_ORIGIN, trustedKey }),
  );
  void browser.died.then((text) => finish(failed("browser-died", text)));
  const whileAlive = <T>(work: Promise<T>): Promise<T> =>
    Promise.race([work, rejectAtEnd(end.promise, options.signal)]);

  await whileAlive(join(browser, address, storageOf(account, options), clock));

  const encoder = stack.use(new Encoder(config.FFMPEG_PATH));
  void encoder.died.then((text) => finish(failed("encoder-died", text)));
  const vigil = new Vigil(clock.now());
  let figures = { frames: 0, droppedFrames: 0 };
  const first = Promise.withResolvers<void>();
  const capture = film(browser, format, {
    write: (bytes) => {
      if (!encoder.write(bytes)) finish(failed("encoder-died", "the encoder is too slow"));
      first.resolve();
    },
    figures: ({ frames, dropped }) => {
      figures = { frames, droppedFrames: dropped };
      vigil.encoded(frames, clock.now());
    },
    failed: (text) => finish(failed("browser-died", text)),
  });
  await whileAlive(refusedAs("browser-died", "the browser does not capture", capture));
  await whileAlive(within(firstPictureMs, first.promise, clock, "browser-died", "no picture came out of the browser"));

  let asking = false;
  const look = async (): Promise<void> => {
    vigil.written(encoder.writtenBytes, clock.now());
    const found = vigil.check(clock.now());
    if (found) return finish(found);
    if (asking) return;
    asking = true;
    // A page that does not answer is not drawn either, which the vigil sees.
    const state = readState(await browser.ask(stateExpression).catch(() => undefined));
    asking = false;
    if (state) vigil.saw(state, clock.now());
  };
  const timer = clock.every(watchMs, () => void look());
  stack.defer(() => timer.cancel());
  void end.promise.then((how) => {
    timer.cancel();
    if (how.reason === "failed") log.warn({ error: how.error, job: options.meeting.job }, "composite failed");
  });

  const resources = stack.move();
  return {
    media: encoder.media,
    ended: end.promise,
    setLayout: async (layout) => void (await browser.ask(layoutExpression(layout))),
    figures: () => figures,
    [Symbol.asyncDispose]: () => {
      isClosing = true;
      return resources.disposeAsync();
    },
  };
}

async function join(
  browser: Browser,
  address: string,
  storage: Readonly<Record<string, string>>,
  clock: Clock,
): Promise<void> {
  const until = clock.now() + joinMs;
  await refusedAs("join-failed", "the web app does not open", browser.open(address, storage));
  let last = "";
  while (clock.now() < until) {
    const state = readState(await browser.ask(stateExpression).catch(() => undefined));
    if (state?.phase === "joined") return;
    if (state?.phase === "failed" || state?.phase === "ended")
      throw new SessionError("join-failed", `the meeting was not joined: ${state.reason ?? state.phase}`);
    last = state ? (state.reason ?? "") : "the page says nothing of itself";
    await new Promise<void>((resolve) => clock.after(pollMs, resolve));
  }
  throw new SessionError("join-failed", `the meeting was not joined within 30 s${last && `: ${last}`}`);
}

function rejectAtEnd(end: Promise<CaptureEnd>, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    void end.then((how) => {
      if (how.reason === "failed") reject(how.error);
    });
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

async function refusedAs<T>(code: SessionError["code"], text: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof SessionError) throw cause;
    throw new SessionError(code, text, { cause });
  }
}

function within<T>(ms: number, work: Promise<T>, clock: Clock, code: SessionError["code"], text: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => reject(new SessionError(code, text)));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
