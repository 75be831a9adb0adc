/** A fact as CloudEvents 1.0 over HTTP (https://github.com/cloudevents/spec, "HTTP Protocol Binding", JSON format). */

export const modes = ["structured", "binary"] as const;
export type Mode = (typeof modes)[number];

export type Event = {
  readonly id: string;
  readonly source: string;
  /** "veche.conference.v1.ParticipantJoined". */
  readonly type: string;
  /** RFC 3339. */
  readonly time: string;
  /** The NATS subject it was said on. */
  readonly subject: string;
  readonly data: unknown;
  readonly traceparent?: string;
  /** The id of the redelivery that it is part of. */
  readonly redelivery?: string;
};

export type Content = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

export function contentOf(event: Event, mode: Mode): Content {
  const { data, ...given } = event;
  const attributes = { specversion: "1.0", ...given };
  if (mode === "structured")
    return {
      headers: { "content-type": "application/cloudevents+json; charset=utf-8" },
      body: JSON.stringify({ ...attributes, datacontenttype: "application/json", data }),
    };
  const named = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, percentEncoded(value)]);
  return {
    headers: { "content-type": "application/json", ...Object.fromEntries(named) },
    body: JSON.stringify(data),
  };
}

/** "HTTP Protocol Binding", 3.1.3.2: space, quote, percent and what is no printable ASCII. */
function percentEncoded(value: string): string {
  return value.replaceAll(/[^\x21\x23\x24\x26-\x7e]/gu, (character) => {
    try {
      return encodeURIComponent(character);
    } catch {
      return "%EF%BF%BD";
    }
  });
}
