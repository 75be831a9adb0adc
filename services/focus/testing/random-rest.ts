import { type Conference, isLive } from "../domain/conference.ts";
import type { RandomBridges } from "./random-bridges.ts";
import type { RandomClients } from "./random-clients.ts";

/** What is wrong when all that was under way has come to rest, with every bridge there and well. */
export function faultsAtRest(state: Conference, bridges: RandomBridges, clients: RandomClients): string[] {
  const faults: string[] = [];
  const sent = new Map<string, readonly string[]>();
  for (const { endpoint, session, sentSources } of state.members.values()) {
    if (!isLive(session)) faults.push(`${endpoint} is ${session.state}`);
    else sent.set(endpoint, [...sentSources.keys()]);
  }
  for (const endpoint of sent.keys()) faults.push(...receiverFaults(endpoint, sent, bridges, clients));
  for (const bridge of bridges.processes()) {
    const uses = state.bridges.some(({ id, instance }) => id === bridge.id && instance === bridge.instance);
    if (!uses && !bridge.isEmpty) faults.push(`${bridge.id} holds something although the conference has left it`);
    if (!uses) continue;
    const elsewhere = [...sent].flatMap(([endpoint, names]) => (bridge.find(endpoint) ? [] : names));
    const isRight = bridge.remoteNames.toSorted().join() === elsewhere.toSorted().join();
    if (!isRight) faults.push(`${bridge.id} has fetched ${bridge.remoteNames}, wanted ${elsewhere}`);
  }
  const all = [...sent.values()].flat();
  for (const { id } of state.taps) {
    // What nobody sends any more it finds out by itself: an earlier process of the focus may have had it fetched.
    const fetched = bridges.tap(id).remoteNames.filter((name) => all.includes(name));
    if (fetched.toSorted().join() !== all.toSorted().join()) faults.push(`${id} records ${fetched}, wanted ${all}`);
  }
  return faults;
}

/** Everybody knows every other's sources, by the SSRCs that its own bridge sends them with, and they flow. */
function receiverFaults(
  endpoint: string,
  sent: ReadonlyMap<string, readonly string[]>,
  bridges: RandomBridges,
  clients: RandomClients,
): string[] {
  const held = bridges.processes().filter((bridge) => bridge.find(endpoint));
  const place = held[0]?.find(endpoint);
  if (held.length !== 1 || !place) return [`${endpoint} has a place on ${held.length} bridges`];
  const wanted = [...sent].flatMap(([owner, names]) => (owner === endpoint ? [] : names)).toSorted();
  const known = clients.remoteOf(endpoint);
  const faults: string[] = [];
  if ([...known.keys()].toSorted().join() !== wanted.join()) {
    faults.push(`${endpoint} knows ${[...known.keys()]}, wanted ${wanted}`);
  }
  for (const [name, ssrcs] of known) {
    const received = place.received.find((source) => source.name === name)?.ssrcs.join() ?? "nothing";
    if (received !== ssrcs) faults.push(`${endpoint} knows ${name} as ${ssrcs}, its bridge sends ${received}`);
  }
  if (place.waiting.length > 0) faults.push(`${endpoint} waits for the media of ${place.waiting}`);
  return faults;
}
