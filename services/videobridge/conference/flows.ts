import { flowingSizes } from "../domain/flow.ts";
import type { ProducerStats } from "../edge/media-engine.ts";
import type { Conference } from "./conference.ts";
import type { Sending } from "./sending.ts";

/** Notes what a source takes now. Returns whether it is sent in other sizes than before. */
export function noteFlow(sending: Sending, { bitrates }: ProducerStats): boolean {
  const before = flowingSizes(sending.flow);
  sending.observe(bitrates);
  return sending.source.kind === "video" && before !== "" && before !== flowingSizes(sending.flow);
}

/** Looks at what comes from other bridges: no endpoint here sends it. Returns how many came in other sizes. */
export async function lookAtRemote({ endpoints }: Conference): Promise<number> {
  const remote = new Set<Sending>();
  for (const { received } of endpoints.values())
    for (const { sending } of received.values()) if (!endpoints.has(sending.source.owner)) remote.add(sending);
  const changes = await Promise.allSettled(
    [...remote].map(async (sending) => noteFlow(sending, await sending.producer.stats())),
  );
  return changes.filter((one) => one.status === "fulfilled" && one.value).length;
}

/** The most pictures that anybody gets. */
export function mostForwarded(conferences: Iterable<Conference>): number {
  let most = 0;
  for (const { endpoints } of conferences)
    for (const { downlink } of endpoints.values())
      most = Math.max(most, downlink.allocation?.sources.filter(({ layer }) => layer).length ?? 0);
  return most;
}
