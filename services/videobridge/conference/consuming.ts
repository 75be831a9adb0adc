import { randomInt } from "node:crypto";
import type { Log } from "@veche/kit/log.ts";
import type { ReceivedSsrcs } from "../domain/sources.ts";
import type { Announcement } from "./conference.ts";
import type { Endpoint } from "./endpoint.ts";
import { Receiving } from "./receiving.ts";
import type { Sending } from "./sending.ts";

/** Nine digits, as mediasoup's own. */
const ssrcsFrom = 100_000_000;
const ssrcsBelow = 1_000_000_000;

export type Consuming = {
  readonly log: Log;
  /** Decides anew what a receiver gets. */
  readonly refresh: (receiver: Endpoint) => void;
  /** Something on the line to it is worse than before. */
  readonly worry: (receiver: Endpoint) => void;
};

/** Gives a receiver a source, if it can take it and hasn't yet. */
export function receive(
  receiver: Endpoint,
  sending: Sending,
  { log, refresh, worry }: Consuming,
): Receiving | undefined {
  const { source, producer } = sending;
  const present = receiver.received.get(source.name);
  if (present) return present;
  const medium = receiver.negotiated[source.kind];
  if (!medium) return undefined;
  const receiving = new Receiving(sending, drawSsrcs(receiver, medium.rtx !== undefined), {
    consume: (given) => receiver.transport.consume(producer, receiver.negotiated, given),
    onFlowChange: () => refresh(receiver),
    onTrouble: () => worry(receiver),
    log,
  });
  receiver.received.set(source.name, receiving);
  return receiving;
}

function drawSsrcs(receiver: Endpoint, hasRtx: boolean): ReceivedSsrcs {
  for (;;) {
    const ssrc = randomInt(ssrcsFrom, ssrcsBelow);
    if (receiver.usesSsrc(ssrc) || (hasRtx && receiver.usesSsrc(ssrc + 1))) continue;
    return hasRtx ? { ssrc, rtxSsrc: ssrc + 1 } : { ssrc };
  }
}

/** Takes it away again. Returns what the receiver knew. */
export function withdraw(receiver: Endpoint, name: string): Receiving | undefined {
  const receiving = receiver.received.get(name);
  if (!receiving) return undefined;
  receiver.received.delete(name);
  receiver.offered.delete(name);
  receiving.close();
  receiving.sending.forget(receiver.id);
  return receiving;
}

/** Gives sources to everybody who is in, and says what each is to be told. */
export function announce(
  receivers: Iterable<Endpoint>,
  sendings: readonly Sending[],
  consuming: Consuming,
): Announcement[] {
  return [...receivers].flatMap((receiver) => {
    if (!receiver.isAccepted) return [];
    const sources = sendings.flatMap((sending) => receive(receiver, sending, consuming)?.describe() ?? []);
    return sources.length > 0 ? [{ receiver: receiver.id, sources }] : [];
  });
}

/** Takes sources away from everybody, and says what each knew of them. */
export function withdrawAll(receivers: Iterable<Endpoint>, names: readonly string[]): Announcement[] {
  return [...receivers].flatMap((receiver) => {
    const known = names.flatMap((name) => withdraw(receiver, name)?.describe() ?? []);
    return known.length > 0 ? [{ receiver: receiver.id, sources: known }] : [];
  });
}
