import type { XmlElement } from "../xml/element.ts";

/** What the server sends while signing in, read one at a time. */
export interface Incoming {
  next(): Promise<XmlElement>;
}

export async function nextNamed(incoming: Incoming, names: readonly string[]): Promise<XmlElement> {
  for (;;) {
    const element = await incoming.next();
    if (names.includes(element.name)) return element;
  }
}
