import { signal } from "@preact/signals";

export interface OpenLine {
  readonly endpoint: string;
  readonly name: string;
  /** Where on the page the figures belong. */
  readonly at: DOMRect;
  readonly source: string;
}

/** Whose line is looked at. */
export const openLine = signal<OpenLine | undefined>(undefined);
