import type { App } from "../../model/app.ts";

/** Often enough for a voice to be seen, seldom enough to cost nothing. */
const EVERY_MS = 200;
const STEPS = 4;

/**
 * A ring around who speaks, as loud as they do. It is written straight into the page: to draw tiles again for it would
 * be the most work of all.
 */
export function driveRings(space: HTMLElement, app: App): () => void {
  const shown = new WeakMap<Element, number>();
  const timer = setInterval(() => {
    if (document.hidden) return;
    for (const tile of space.querySelectorAll<HTMLElement>('.tile[data-kind="camera"]')) {
      const ring = tile.querySelector<HTMLElement>(".tile-ring");
      if (!ring) continue;
      const step = Math.round(app.levels.of(tile.dataset.endpoint ?? "") * STEPS);
      if ((shown.get(ring) ?? 0) === step) continue;
      shown.set(ring, step);
      ring.dataset.level = String(step);
    }
  }, EVERY_MS);
  return () => clearInterval(timer);
}
