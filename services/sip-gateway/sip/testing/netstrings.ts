/** Netstrings (cr.yp.to/proto/netstrings.txt) out of a byte stream: "5:hello,". */
export class Netstrings {
  #rest = Buffer.alloc(0);

  /** What is whole by now. */
  take(chunk: Buffer): string[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const texts: string[] = [];
    for (;;) {
      const colon = this.#rest.indexOf(":");
      if (colon < 0) return texts;
      const length = Number(this.#rest.toString("latin1", 0, colon));
      const end = colon + 1 + length;
      if (this.#rest.length <= end) return texts;
      texts.push(this.#rest.toString("utf8", colon + 1, end));
      this.#rest = this.#rest.subarray(end + 1);
    }
  }
}

export function netstring(text: string): string {
  return `${Buffer.byteLength(text)}:${text},`;
}
