/** What a spreadsheet would take for a formula: a name may be one. */
const FORMULA = /^[=+\-@\t\r]/;
/** By this Excel knows that the letters are not Latin. */
const BYTE_ORDER_MARK = "\uFEFF";

/** A table for spreadsheets. Names are chosen by strangers, so no cell can be a formula. */
export function toCsv(rows: readonly (readonly string[])[], separator: "," | ";"): string {
  return BYTE_ORDER_MARK + rows.map((row) => `${row.map(cell).join(separator)}\r\n`).join("");
}

function cell(text: string): string {
  const plain = FORMULA.test(text.trimStart()) || FORMULA.test(text) ? `'${text}` : text;
  return /[",;\r\n']/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
