/** Comma-separated values: RFC 4180, with semicolons too, as spreadsheets write them where the comma is in numbers. */

export type CsvRow = { readonly line: number; readonly fields: readonly string[] };

export type CsvFault = { readonly line: number; readonly fault: string };

export type CsvTable = { readonly ok: true; readonly rows: readonly CsvRow[] } | ({ readonly ok: false } & CsvFault);

const separators = [";", ",", "\t"] as const;

/** The text of UTF-8 with or without a byte-order mark; undefined where it is something else. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Rows with the lines they begin at. Empty rows are left out. The separator is the first row's most frequent one. */
export function readCsv(text: string): CsvTable {
  const reader = new Reader(text, separatorOf(text));
  const rows: CsvRow[] = [];
  while (!reader.isAtEnd) {
    const row = reader.row();
    if ("fault" in row) return { ok: false, ...row };
    if (row.fields.some((field) => field.trim() !== "")) rows.push(row);
  }
  return { ok: true, rows };
}

function separatorOf(text: string): string {
  const head = /^[^\r\n]*/.exec(text.trimStart())?.[0].replace(/"[^"]*"/g, "") ?? "";
  const counts = separators.map((separator) => head.split(separator).length);
  return separators[counts.indexOf(Math.max(...counts))] ?? ",";
}

class Reader {
  readonly #text: string;
  readonly #separator: string;
  #at = 0;
  #line = 1;

  constructor(text: string, separator: string) {
    this.#text = text;
    this.#separator = separator;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  row(): CsvRow | CsvFault {
    const line = this.#line;
    const fields: string[] = [];
    for (;;) {
      const field = this.#text[this.#at] === '"' ? this.#quoted() : this.#plain();
      if (typeof field !== "string") return field;
      fields.push(field);
      if (this.#text[this.#at] !== this.#separator) break;
      this.#at++;
    }
    this.#endLine();
    return { line, fields };
  }

  #plain(): string {
    const from = this.#at;
    while (!this.isAtEnd && !this.#isEndOfField()) this.#at++;
    return this.#text.slice(from, this.#at);
  }

  #quoted(): string | CsvFault {
    const line = this.#line;
    let field = "";
    for (let from = this.#at + 1; ; ) {
      const quote = this.#text.indexOf('"', from);
      if (quote < 0) return { line, fault: "a quote that is opened here is not closed" };
      field += this.#text.slice(from, quote);
      this.#at = quote + 1;
      if (this.#text[this.#at] !== '"') break;
      field += '"';
      from = this.#at + 1;
    }
    this.#line += field.split("\n").length - 1;
    if (!this.isAtEnd && !this.#isEndOfField()) {
      return { line: this.#line, fault: "after a closing quote a separator or the end of the line is expected" };
    }
    return field;
  }

  #isEndOfField(): boolean {
    const character = this.#text[this.#at];
    return character === this.#separator || character === "\n" || character === "\r";
  }

  #endLine(): void {
    if (this.#text[this.#at] === "\r") this.#at++;
    if (this.#text[this.#at] === "\n") this.#at++;
    this.#line++;
  }
}

/** One row. A field that a spreadsheet would take for a formula is made text. */
export function writeCsvRow(fields: readonly string[]): string {
  return `${fields.map(writeField).join(",")}\r\n`;
}

function writeField(field: string): string {
  const text = /^[=+\-@\t\r]/.test(field) ? `'${field}` : field;
  return /[",;\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
