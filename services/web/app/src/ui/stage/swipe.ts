import type { StageView } from "../../model/stage/view.ts";

const LEAST_PX = 60;
/** Of a wheel, so that one turn of it is one page. */
const WHEEL_PAUSE_MS = 350;

/** A finger goes from the stage to the tiles and on from page to page, and back; a wheel over the tiles turns pages. */
export function swipesIn(space: HTMLElement, view: StageView): () => void {
  let start: { readonly x: number; readonly y: number; readonly id: number } | undefined;
  let turnedAt = 0;
  const down = (event: PointerEvent) => {
    if (event.pointerType !== "touch" || !event.isPrimary) return;
    start = { x: event.clientX, y: event.clientY, id: event.pointerId };
  };
  const up = (event: PointerEvent) => {
    if (start?.id !== event.pointerId) return;
    const dx = event.clientX - start.x;
    const dy = event.clientY - start.y;
    start = undefined;
    if (Math.abs(dx) < LEAST_PX || Math.abs(dx) < 2 * Math.abs(dy)) return;
    const isForward = dx < 0 !== (document.documentElement.dir === "rtl");
    swipe(view, isForward);
  };
  const cancel = () => {
    start = undefined;
  };
  const wheel = (event: WheelEvent) => {
    const by = Math.abs(event.deltaY) > Math.abs(event.deltaX) ? event.deltaY : event.deltaX;
    if (view.pages.value < 2 || by === 0 || event.ctrlKey || event.timeStamp - turnedAt < WHEEL_PAUSE_MS) return;
    turnedAt = event.timeStamp;
    view.turnPage(Math.sign(by));
  };
  space.addEventListener("pointerdown", down);
  space.addEventListener("pointerup", up);
  space.addEventListener("pointercancel", cancel);
  space.addEventListener("wheel", wheel, { passive: true });
  return () => {
    space.removeEventListener("pointerdown", down);
    space.removeEventListener("pointerup", up);
    space.removeEventListener("pointercancel", cancel);
    space.removeEventListener("wheel", wheel);
  };
}

/** The stage lies before the first page of tiles. */
function swipe(view: StageView, isForward: boolean): void {
  const isStage = view.large.value.length > 0;
  if (isStage && isForward) view.setTileView(true);
  else if (!isStage && !isForward && view.page.value === 0) view.setTileView(false);
  else if (!isStage) view.turnPage(isForward ? 1 : -1);
}
