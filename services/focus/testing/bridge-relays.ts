import type { Bus, Subscription } from "@veche/kit/bus.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { bridge, relay } from "@veche/proto/subjects.ts";
import type { Source } from "../domain/media.ts";

/** A source fetched from another bridge. */
export type Fetched = { readonly source: Source; readonly bridge: string; readonly instance: string };

type Receiver = {
  readonly id: string;
  readonly sent: Map<string, Source>;
  readonly received: Map<string, Source>;
  readonly waiting: Set<string>;
};

type Holding = { readonly endpoints: Map<string, Receiver>; readonly remote: Map<string, Fetched> };

export type RelaysGiven = {
  readonly instance: () => string;
  readonly note: (verb: string, what: string) => void;
  readonly enter: (request: { readonly conference: string; readonly epoch: bigint; readonly room: string }) => Holding;
  readonly find: (conference: string) => Holding | undefined;
  /** With SSRCs of one receiver's own. */
  readonly personal: (source: Source) => Source;
};

/** What a bridge without media does about other bridges: it knows whose sources it has from where, and answers as one does. */
export function serveRelays(bus: Bus, id: string, given: RelaysGiven): readonly Subscription[] {
  const mine = { bridge: id };
  return [
    bus.serve(
      bridge.addRemoteSources,
      async (request) => {
        given.note("fetch", request.bridge);
        const held = given.enter(request);
        const names = request.sources.map(({ name }) => name);
        const { conference, epoch, bridge: from, instance } = request;
        const asked = { conference, epoch, bridge: id, instance: given.instance(), toInstance: instance, names };
        const answer = await bus.request(relay.relaySources, { bridge: from }, asked, { timeoutMs: 1_000 });
        const there = new Set(answer.sources.map(({ name }) => name));
        const sources = request.sources.filter(({ name }) => there.has(name));
        return { announcements: fetchAll(held, sources, { bridge: from, instance }, given) };
      },
      mine,
    ),
    bus.serve(
      bridge.removeRemoteSources,
      ({ conference, names }) => {
        given.note("forget", names.join(" "));
        const held = given.find(conference);
        for (const name of names) if (held) forget(held, name);
        return { withdrawals: [] };
      },
      mine,
    ),
    bus.serve(
      bridge.dropRelay,
      ({ conference, bridge: from }) => {
        given.note("drop", from);
        const held = given.find(conference);
        for (const [name, fetched] of held?.remote ?? []) if (held && fetched.bridge === from) forget(held, name);
        return { withdrawals: [] };
      },
      mine,
    ),
    bus.serve(
      relay.relaySources,
      ({ conference, toInstance, names }) => {
        if (toInstance !== given.instance()) throw new VecheError("failed-precondition", "that was another process");
        const held = given.find(conference);
        if (!held) throw new VecheError("not-found", "no such conference");
        const sent = [...held.endpoints.values()].flatMap((endpoint) => [...endpoint.sent.keys()]);
        return { sources: names.filter((name) => sent.includes(name)).map((name) => ({ name })) };
      },
      mine,
    ),
  ];
}

function fetchAll(held: Holding, sources: readonly Source[], from: Omit<Fetched, "source">, given: RelaysGiven) {
  for (const source of sources) {
    const known = held.remote.get(source.name);
    const isSame = known?.instance === from.instance && known.source.ssrcs.join() === source.ssrcs.join();
    if (isSame) continue;
    forget(held, source.name);
    held.remote.set(source.name, { source, ...from });
    for (const endpoint of held.endpoints.values()) {
      endpoint.received.set(source.name, given.personal(source));
      endpoint.waiting.add(source.name);
    }
  }
  return [...held.endpoints.values()].map(({ id: receiver, received }) => ({
    receiver,
    sources: sources.flatMap(({ name }) => received.get(name) ?? []),
  }));
}

function forget(held: Holding, name: string): void {
  if (!held.remote.delete(name)) return;
  for (const endpoint of held.endpoints.values()) {
    endpoint.received.delete(name);
    endpoint.waiting.delete(name);
  }
}

export function remoteOf(remote: ReadonlyMap<string, Fetched>) {
  const groups = Map.groupBy([...remote], ([, { bridge: id, instance }]) => `${id} ${instance}`);
  return [...groups.values()].map((entries) => ({
    bridge: entries[0]?.[1].bridge ?? "",
    instance: entries[0]?.[1].instance ?? "",
    names: entries.map(([name]) => name),
  }));
}
