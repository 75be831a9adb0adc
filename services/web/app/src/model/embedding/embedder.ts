import type { WireEvent } from "../../protocol/embedding/names.ts";
import type { Fields } from "../../protocol/embedding/wire.ts";
import type { App } from "../app.ts";
import type { GivenNames } from "./given-names.ts";

/** What only pages can do. */
export interface PageActs {
  readonly openDialog: (name: "e2ee" | "virtualBackground") => void;
}

/** What commands, answers and events share. */
export interface Embedder {
  readonly app: App;
  readonly acts: PageActs;
  readonly givenNames: GivenNames;
  readonly tell: (name: WireEvent, data?: Fields) => void;
  /** What was asked for and is not done, for whoever writes the embedding page. */
  readonly complain: (text: string) => void;
}

export type Command = (embedder: Embedder, ...args: readonly unknown[]) => unknown;
