/** Pictures for people to look at: they are compared with nothing, since every machine draws letters in its own way. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";

/** The folder they are put into; without one none are taken. */
const folder = process.env.VECHE_TEST_PICTURES;

export const takesPictures: boolean = folder !== undefined;

export async function takePicture(page: Page, name: string): Promise<void> {
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
