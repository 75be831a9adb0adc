/** What a screenshot shows at a place. */
import type { Page } from "playwright-core";
import { nameColor } from "./identities.ts";

export type Point = { readonly x: number; readonly y: number };

/** The colours at these places of the page as it is drawn now, by their names where they are somebody's. */
export async function colorsAt(page: Page, points: readonly Point[]): Promise<string[]> {
  const png = (await page.screenshot()).toString("base64");
  // On a page of its own: the one that is looked at may show no picture from elsewhere.
  const reader = await page.context().newPage();
  try {
    const colors = await reader.evaluate<string[]>(`(async (png, points) => {
      const bytes = Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
      const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
      context.drawImage(bitmap, 0, 0);
      return points.map(({ x, y }) => [...context.getImageData(x, y, 1, 1).data.slice(0, 3)].join());
    })(${JSON.stringify(png)}, ${JSON.stringify(points)})`);
    return colors.map(nameColor);
  } finally {
    await reader.close();
  }
}
