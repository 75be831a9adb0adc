import type { Element } from "./element.ts";

/** What an element takes on the wire at least, counted until it is more than `enough`. */
export function sizeOf(element: Element, enough: number): number {
  let size = element.name.length;
  for (const key in element.attrs) size += key.length + (element.attrs[key]?.length ?? 0);
  for (const child of element.children) {
    size += typeof child === "string" ? child.length : sizeOf(child, enough);
    if (size > enough) break;
  }
  return size;
}
