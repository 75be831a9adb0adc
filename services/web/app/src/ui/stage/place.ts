import { effect } from "@preact/signals";
import type { Ref } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Rect } from "../../model/stage/layout.ts";

/**
 * Puts an element where the model wants it without drawing the component again. It is moved by `translate`: what stands
 * at another place then is no shift of the layout, and costs none.
 */
export function usePlace<E extends HTMLElement>(rectOf: () => Rect | undefined, across: () => number): Ref<E> {
  const element = useRef<E>(null);
  useLayoutEffect(
    () =>
      effect(() => {
        const rect = rectOf();
        const width = across();
        if (element.current && rect) place(element.current, rect, width);
      }),
    [],
  );
  return element;
}

/** `across` is the width of the space: where one reads from right to left all is mirrored in it. */
function place({ style }: HTMLElement, { x, y, width, height }: Rect, across: number): void {
  const left = document.documentElement.dir === "rtl" ? across - x - width : x;
  style.translate = `${left}px ${y}px`;
  style.width = `${width}px`;
  style.height = `${height}px`;
}
