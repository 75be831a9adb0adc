/** Keys by the number of their event (RFC 4733 3.2). */
export const digits = "0123456789*#ABCD";

/** By row and column; ITU-T Q.23. */
export const rowsHz = [697, 770, 852, 941] as const;
export const columnsHz = [1_209, 1_336, 1_477, 1_633] as const;
const pad = ["123A", "456B", "789C", "*0#D"] as const;

export function digitAt(row: number, column: number): string {
  return pad[row]?.[column] ?? "";
}

/** Undefined: no key. */
export function tonesOf(digit: string): readonly [number, number] | undefined {
  for (const [row, keys] of pad.entries()) {
    const column = digit === "" ? -1 : keys.indexOf(digit);
    if (column >= 0) return [rowsHz[row] ?? 0, columnsHz[column] ?? 0];
  }
  return undefined;
}
