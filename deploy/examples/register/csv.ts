/** RFC 4180, read and written. */

export function writeCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(field).join(",")}\r\n`).join("");
}

/** Lines with commas or semicolons, fields in quotes where they hold either. */
export function readCsv(text: string): string[][] {
  const separator = /^[^"\n]*;/.test(text) ? ";" : ",";
  const rows: string[][] = [];
  let row: string[] = [];
  const pattern = new RegExp(`(?:"((?:[^"]|"")*)"|([^"\\r\\n${separator}]*))(${separator}|\\r\\n|\\n|$)`, "y");
  const body = text.replace(/^\uFEFF/, "");
  while (pattern.lastIndex < body.length) {
    const at = pattern.lastIndex;
    const found = pattern.exec(body);
    if (!found) throw new Error(`line ${rows.length + 1}: expected fields, found "${body.slice(at, at + 20)}"`);
    const [, quoted, plain = "", end] = found;
    row.push((quoted === undefined ? plain : quoted.replaceAll('""', '"')).trim());
    if (end === separator) continue;
    if (row.some((one) => one !== "")) rows.push(row);
    row = [];
  }
  return rows;
}

/** Names are chosen by strangers: a spreadsheet must not take one for a formula. */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",;\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
