import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { GAP, STRIP_SHARE } from "../../model/stage/layout.ts";
import { useApp } from "../parts/context.ts";
import { usePlace } from "./place.ts";

const STEP = 0.02;

/** Between stage and filmstrip: drawn with a pointer, or moved with the arrow keys. */
export function StripResizer(): JSX.Element {
  const { settings, view } = useApp();
  const element = usePlace<HTMLDivElement>(
    () => {
      const strip = view.strip.value;
      if (!strip) return undefined;
      const { x, y, width, height } = strip.frame;
      return strip.side === "end" ? { x: x - GAP, y, width: GAP, height } : { x, y: y - GAP, width, height: GAP };
    },
    () => view.area.value.width,
  );
  const side = view.strip.value?.side;
  const share = Math.round(settings.filmstripShare.value * 100);
  const drag = (bar: HTMLElement, event: PointerEvent) => {
    if (!bar.hasPointerCapture(event.pointerId)) return;
    const space = bar.parentElement?.getBoundingClientRect();
    if (space) view.resizeFilmstrip(shareAt(event, space, side));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a line that can be moved is no <hr> (WAI-ARIA window splitter)
    <div
      ref={element}
      id="filmstrip-resizer"
      class="strip-resizer"
      role="separator"
      tabIndex={0}
      data-side={side}
      aria-label={t("filmstrip.resize")}
      aria-orientation={side === "end" ? "vertical" : "horizontal"}
      aria-valuenow={share}
      aria-valuemin={STRIP_SHARE.least * 100}
      aria-valuemax={STRIP_SHARE.most * 100}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => drag(event.currentTarget, event)}
      onDblClick={() => view.resizeFilmstrip(STRIP_SHARE.usual)}
      onKeyDown={(event) => {
        const by = stepOf(event.key, side);
        if (by === 0) return;
        event.preventDefault();
        view.resizeFilmstrip(settings.filmstripShare.value + by);
      }}
    />
  );
}

function shareAt({ clientX, clientY }: PointerEvent, space: DOMRect, side: "end" | "bottom" | undefined): number {
  if (side === "bottom") return (space.bottom - clientY) / space.height;
  const isRtl = document.documentElement.dir === "rtl";
  return (isRtl ? clientX - space.left : space.right - clientX) / space.width;
}

/** Towards the stage makes the strip larger. */
function stepOf(key: string, side: "end" | "bottom" | undefined): number {
  if (side === "bottom") return key === "ArrowUp" ? STEP : key === "ArrowDown" ? -STEP : 0;
  const isRtl = document.documentElement.dir === "rtl";
  const [more, less] = isRtl ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"];
  return key === more ? STEP : key === less ? -STEP : 0;
}
