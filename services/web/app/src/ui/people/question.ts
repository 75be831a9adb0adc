import { signal } from "@preact/signals-core";
import type { TextKey } from "../../i18n/text-key.ts";
import { openDialog } from "../parts/dialog.tsx";

/** Something to be sure of, or to be given a name, before it is done. */
export interface Question {
  readonly title: TextKey;
  readonly text?: TextKey;
  readonly values?: Readonly<Record<string, string | number>>;
  readonly answer: TextKey;
  readonly isDanger?: boolean;
  /** Where a text is asked for. */
  readonly field?: {
    readonly name: string;
    readonly label: TextKey;
    readonly value: string;
    readonly length: number;
  };
  readonly act: (text: string) => void;
}

export const question = signal<Question | undefined>(undefined);

export function ask(what: Question): void {
  question.value = what;
  openDialog("question");
}
