/** SIP messages as scripts of telephones write and read them: nothing is checked, so that a test can say anything. */

export type Message = {
  readonly text: string;
  /** "INVITE sip:1@host SIP/2.0" or "SIP/2.0 200 OK". */
  readonly start: string;
  /** "" for an answer. */
  readonly method: string;
  /** 0 for a request. */
  readonly status: number;
  readonly body: string;
  /** The first of that name, in any case; "" where there is none. */
  header(name: string): string;
  headers(name: string): readonly string[];
};

export function readMessage(text: string): Message {
  const end = text.indexOf("\r\n\r\n");
  const [start = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = (name: string) =>
    lines.flatMap((line) => {
      const colon = line.indexOf(":");
      return line.slice(0, colon).trim().toLowerCase() === name.toLowerCase() ? [line.slice(colon + 1).trim()] : [];
    });
  const status = Number(/^SIP\/2\.0 (\d{3})/.exec(start)?.[1] ?? 0);
  return {
    text,
    start,
    method: status === 0 ? (start.split(" ")[0] ?? "") : "",
    status,
    body: text.slice(end + 4),
    headers,
    header: (name) => headers(name)[0] ?? "",
  };
}

export function writeMessage(start: string, headers: readonly string[], body = ""): string {
  return [start, ...headers, `Content-Length: ${Buffer.byteLength(body)}`, "", body].join("\r\n");
}

/** The address between the angle brackets, or all of it. */
export function uriOf(header: string): string {
  return /<([^>]*)>/.exec(header)?.[1] ?? header.split(";")[0] ?? "";
}
