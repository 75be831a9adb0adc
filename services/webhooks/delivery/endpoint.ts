import type { HeldFact } from "@veche/kit/bus.ts";
import type { Endpoint } from "@veche/proto/gen/veche/webhooks/v1/webhooks_pb.ts";
import { type StreamContract, streams } from "@veche/proto/storage.ts";
import { type Content, contentOf, type Event, type Mode, modes } from "../domain/cloud-event.ts";
import { signatureHeaders } from "../edge/signature.ts";
import { wantedOf } from "../facts.ts";

/** One place in one stream from which an endpoint is served. */
export type Source = {
  readonly consumer: string;
  readonly stream: StreamContract;
  readonly filters: readonly string[];
  readonly startMs: number;
  /** A span of time that is delivered once more, and ends. */
  readonly redelivery?: { readonly id: string; readonly toMs: number };
};

/** What an endpoint is served from: a source for each stream, and for each redelivery of each. */
export function sourcesOf(endpoint: Endpoint): readonly Source[] {
  return wantedOf(endpoint.facts, endpoint.rooms).flatMap(({ stream, filters }) => [
    { consumer: consumerName(endpoint.id), stream, filters, startMs: Number(endpoint.startMs) },
    ...endpoint.redeliveries
      .filter(({ streams }) => streams.includes(stream.name))
      .map(({ id, fromMs, toMs }) => ({
        consumer: consumerName(endpoint.id, id),
        stream,
        filters,
        startMs: Number(fromMs),
        redelivery: { id, toMs: Number(toMs) },
      })),
  ]);
}

/** The redelivery without the stream of this source; none once that was the last. */
export function withoutSource(endpoint: Endpoint, { redelivery, stream }: Source): Endpoint["redeliveries"] {
  return endpoint.redeliveries
    .map((one) =>
      one.id === redelivery?.id ? { ...one, streams: one.streams.filter((name) => name !== stream.name) } : one,
    )
    .filter((one) => one.streams.length > 0);
}

/** Every consumer that an endpoint of this id may have had, redeliveries apart. */
export function liveConsumersOf(id: string): readonly Pick<Source, "consumer" | "stream">[] {
  return Object.values(streams).map((stream) => ({ consumer: consumerName(id), stream }));
}

export function modeOf({ mode }: Pick<Endpoint, "mode">): Mode {
  return modes.find((one) => one === mode) ?? "structured";
}

/** The keys that a request is signed with now, the newest first. */
export function signingSecrets({ secrets }: Endpoint, nowMs: number): readonly string[] {
  return secrets.filter(({ untilMs }) => untilMs === 0n || Number(untilMs) > nowMs).map(({ secret }) => secret);
}

export function eventOf(held: HeldFact, { stream, redelivery }: Source): Event {
  const { headers } = held;
  return {
    id: eventId(held, stream),
    source: headers["ce-source"] ?? "/",
    type: headers["ce-type"] ?? "",
    time: headers["ce-time"] ?? new Date(held.storedAtMs).toISOString(),
    subject: held.subject,
    data: held.body,
    ...(headers.traceparent ? { traceparent: headers.traceparent } : {}),
    ...(redelivery ? { redelivery: redelivery.id } : {}),
  };
}

/** A full stop would let the id run into the time that is signed behind it. */
export function eventId(held: HeldFact, stream: StreamContract): string {
  return (held.id || `${stream.name}-${held.streamSequence}`).replaceAll(".", "-");
}

/** The whole request: content and signature. */
export function signedContent(endpoint: Endpoint, event: Event, nowMs: number): Content {
  const { headers, body } = contentOf(event, modeOf(endpoint));
  const signature = signatureHeaders({ id: event.id, atMs: nowMs, body }, signingSecrets(endpoint, nowMs));
  return { headers: { ...headers, ...signature }, body };
}

function consumerName(id: string, redelivery?: string): string {
  return redelivery === undefined ? `webhook-${id}` : `webhook-${id}-${redelivery}`;
}
