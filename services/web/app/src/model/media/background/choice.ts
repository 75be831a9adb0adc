/** What stands behind a person instead of their room. */
export type Background =
  | { readonly type: "none" }
  | { readonly type: "blur"; readonly strength: BlurStrength }
  /** One of ours, by its name, or one of their own, by its number. */
  | { readonly type: "image"; readonly id: string };

export type BlurStrength = "slight" | "strong";

export const NO_BACKGROUND: Background = { type: "none" };

/** Ours: drawn by the page itself (`pictures.ts`). */
export const PICTURES = ["dawn", "meadow", "sea", "board", "shelves", "night"] as const;
export type Picture = (typeof PICTURES)[number];

export function isPicture(id: string): id is Picture {
  return (PICTURES as readonly string[]).includes(id);
}

export function isBackground(value: unknown): value is Background {
  if (typeof value !== "object" || value === null) return false;
  const { type, strength, id } = value as Record<string, unknown>;
  if (type === "none") return true;
  if (type === "blur") return strength === "slight" || strength === "strong";
  return type === "image" && typeof id === "string" && (isPicture(id) || /^own-\d{1,15}$/.test(id));
}

export function isSameBackground(a: Background, b: Background): boolean {
  if (a.type === "blur") return b.type === "blur" && a.strength === b.strength;
  if (a.type === "image") return b.type === "image" && a.id === b.id;
  return b.type === "none";
}
