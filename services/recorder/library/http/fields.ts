/** Bodies and queries, field by field; what does not fit is said by its name. */
import { VecheError } from "@veche/kit/errors.ts";

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new VecheError("invalid-argument", "expected a JSON object");
}

export function textField(fields: Fields, name: string, mostCharacters: number): string {
  const value = fields[name] ?? "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get in
  if (typeof value === "string" && value.length <= mostCharacters && !/[\u0000-\u001f\u007f]/.test(value)) {
    return value.toWellFormed();
  }
  throw new VecheError("invalid-argument", `${name}: expected a text of ≤ ${mostCharacters} characters on one line`);
}

export function numberField(
  fields: Fields,
  name: string,
  { least, most }: { readonly least: number; readonly most: number },
): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  const found = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof found === "number" && Number.isInteger(found) && found >= least && found <= most) return found;
  throw new VecheError("invalid-argument", `${name}: expected a whole number from ${least} to ${most}`);
}
