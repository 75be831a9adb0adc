import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { isAllowed } from "./allowed.ts";
import { overflowOf, toolbarLength } from "./fitting.ts";
import { MoreMenu } from "./more-menu.tsx";
import { Tool } from "./tool.tsx";
import { TOOLS } from "./tools.tsx";

/** It never hides: not for whoever works with keys or a reader, nor for whoever looks for the microphone in a hurry. */
export function Toolbar(): JSX.Element {
  const app = useApp();
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const bar = element.current;
    return bar ? followLength(bar) : undefined;
  }, []);
  const shown = TOOLS.filter(({ id, isShown }) => isAllowed(app, id) && (isShown?.(app) ?? true));
  const hidden = overflowOf(
    shown.map(({ id }) => id),
    toolbarLength.value,
  );
  return (
    <div ref={element} class="toolbar" role="toolbar" aria-label={t("toolbar.accessibilityLabel.toolbar")}>
      {shown.map((item) => (hidden.has(item.id) ? null : <Tool key={item.id} item={item} />))}
      <MoreMenu overflow={shown.filter(({ id }) => hidden.has(id))} />
    </div>
  );
}

/** On a phone held across the buttons stand one below the other. */
function followLength(bar: HTMLElement): () => void {
  const measure = () => {
    const style = getComputedStyle(bar);
    const isUpright = style.flexDirection === "column";
    const padding = isUpright
      ? Number.parseFloat(style.paddingTop) + Number.parseFloat(style.paddingBottom)
      : Number.parseFloat(style.paddingLeft) + Number.parseFloat(style.paddingRight);
    toolbarLength.value = (isUpright ? bar.clientHeight : bar.clientWidth) - padding;
  };
  const observer = new ResizeObserver(measure);
  observer.observe(bar);
  measure();
  return () => observer.disconnect();
}
