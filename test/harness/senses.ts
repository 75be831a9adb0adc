/** What a page sees and hears of the others. */
import type { Page } from "playwright-core";
import { type Identity, isSilent, isTone, nameColor } from "./identities.ts";
import { eventually, type WaitOptions } from "./wait.ts";

export type Sight = {
  readonly endpoint: string;
  readonly source: string;
  readonly color: string;
  readonly height: number;
  readonly frames: number;
  /** Since the last new frame. */
  readonly ageMs: number;
};
export type Sound = { readonly endpoint: string; readonly hz: number; readonly db: number };
export type Gap = {
  readonly endpoint: string;
  readonly kind: "video" | "audio" | "desktop";
  readonly longestMs: number;
};

export async function sightsOf(page: Page): Promise<Sight[]> {
  const sights = await page.evaluate<Sight[]>("vecheSenses.sights()");
  return sights.map((sight) => ({ ...sight, color: nameColor(sight.color) }));
}

export const soundsOf = (page: Page): Promise<Sound[]> => page.evaluate<Sound[]>("vecheSenses.sounds()");
export const gapsOf = (page: Page): Promise<Gap[]> => page.evaluate<Gap[]>("vecheSenses.gaps()");
export const forgetGaps = (page: Page): Promise<void> => page.evaluate<void>("vecheSenses.forgetGaps()");

/** Page time of the first decoded frame of each remote participant, in milliseconds since 1970. */
export const firstFramesOf = (page: Page): Promise<Record<string, number>> =>
  page.evaluate<Record<string, number>>("vecheSenses.firstFrames()");

/** The page decodes the colour and hears the tone of each of these, each from one and the same endpoint. */
export async function perceives(page: Page, others: readonly Identity[], options: WaitOptions = {}): Promise<void> {
  const names = others.map((other) => other.name).join(", ");
  await eventually(`seeing and hearing ${names}`, () => missingOf(page, others), options);
}

/** A picture that old is a frozen one, whatever its colour. */
const frozenAfterMs = 1_000;

export async function missingOf(page: Page, others: readonly Identity[]): Promise<string | undefined> {
  const sights = await sightsOf(page);
  const sounds = await soundsOf(page);
  for (const other of others) {
    const seen = sights.find(
      ({ color, frames, ageMs }) => color === other.color && frames > 0 && ageMs < frozenAfterMs,
    );
    if (seen === undefined) return `${other.name} (${other.color}) is not seen; ${describe(sights, sounds)}`;
    const heard = sounds.find((sound) => isTone(sound, other.toneHz) && sound.endpoint === seen.endpoint);
    if (heard === undefined) return `${other.name} (${other.toneHz} Hz) is not heard; ${describe(sights, sounds)}`;
  }
  return undefined;
}

/** The endpoint that shows this person's colour on this page. */
export async function endpointOf(page: Page, other: Identity): Promise<string> {
  const seen = (await sightsOf(page)).find((sight) => sight.color === other.color);
  if (seen === undefined) throw new Error(`${other.name} is not seen; ${describe(await sightsOf(page), [])}`);
  return seen.endpoint;
}

export async function hearsNothingOf(page: Page, endpoint: string, options: WaitOptions = {}): Promise<void> {
  await eventually(
    `silence of ${endpoint}`,
    async () => {
      const sounds = (await soundsOf(page)).filter((sound) => sound.endpoint === endpoint);
      return sounds.every(isSilent) ? undefined : describe([], sounds);
    },
    options,
  );
}

function describe(sights: readonly Sight[], sounds: readonly Sound[]): string {
  const seen = sights.map(
    (sight) =>
      `${sight.source || sight.endpoint}=${sight.color}@${sight.height} (${sight.frames}, ${sight.ageMs} ms ago)`,
  );
  const heard = sounds.map((sound) => `${sound.endpoint}=${sound.hz} Hz ${sound.db} dB`);
  return `seen: ${seen.join(", ") || "nothing"}; heard: ${heard.join(", ") || "nothing"}`;
}
