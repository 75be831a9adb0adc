/** Names of which nothing comes, for one reason: what it is, and what to use instead. */
export type IgnoredGroup = { readonly why: string; readonly names: readonly string[] };

/** Everything that may stand in a `.env`. */
export type Catalogue = {
  readonly honoured: readonly Honoured[];
  /** The setting that another name means, by that name. */
  readonly otherNames: ReadonlyMap<string, string>;
  readonly ignored: ReadonlyMap<string, string>;
  readonly refused: ReadonlyMap<string, string>;
};

/** A setting that something of ours reads. */
export type Honoured = {
  readonly name: string;
  /** Roles, or what else: compose, npm start. */
  readonly readers: readonly string[];
  readonly kind: string;
  /** As a cell of a table. */
  readonly default: string;
  readonly sentence: string;
  readonly hasFile: boolean;
};
