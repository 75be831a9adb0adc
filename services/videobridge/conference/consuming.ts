import type { Log } from "@veche/kit/log.ts";
import type { Announcement } from "./conference.ts";
import type { Endpoint } from "./endpoint.ts";
import { Receiving } from "./receiving.ts";
import type { Sending } from "./sending.ts";

/** mediasoup draws nine-digit SSRCs; a second clash in a row already means that something else is wrong. */
const attempts = 5;

/** Gives a receiver a source, if it can take it and hasn't yet. */
export async function receive(receiver: Endpoint, sending: Sending, log: Log): Promise<Receiving | undefined> {
  const { source, producer } = sending;
  const present = receiver.received.get(source.name);
  if (present) return present;
  if (!receiver.negotiated[source.kind]) return undefined;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const consumer = await receiver.transport.consume(producer, receiver.negotiated);
    if (receiver.usesSsrc(consumer.ssrc) || (consumer.rtxSsrc !== undefined && receiver.usesSsrc(consumer.rtxSsrc))) {
      consumer.close();
      continue;
    }
    const receiving = new Receiving(sending, consumer, log);
    receiver.received.set(source.name, receiving);
    return receiving;
  }
  log.warn({ endpoint: receiver.id, source: source.name }, "no free SSRC was found for a consumer");
  return undefined;
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
export async function announce(
  receivers: Iterable<Endpoint>,
  sendings: readonly Sending[],
  log: Log,
): Promise<Announcement[]> {
  const told = [...receivers].map(async (receiver) => {
    if (!receiver.isAccepted) return { receiver: receiver.id, sources: [] };
    const received = await Promise.all(sendings.map((sending) => receive(receiver, sending, log)));
    return { receiver: receiver.id, sources: received.flatMap((one) => (one ? [one.describe()] : [])) };
  });
  return (await Promise.all(told)).filter(({ sources }) => sources.length > 0);
}

/** Takes sources away from everybody, and says what each knew of them. */
export function withdrawAll(receivers: Iterable<Endpoint>, names: readonly string[]): Announcement[] {
  return [...receivers].flatMap((receiver) => {
    const known = names.flatMap((name) => withdraw(receiver, name)?.describe() ?? []);
    return known.length > 0 ? [{ receiver: receiver.id, sources: known }] : [];
  });
}
