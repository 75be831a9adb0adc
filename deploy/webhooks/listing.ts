import type { EndpointSummary } from "@veche/proto/gen/veche/webhooks/v1/webhooks_pb.ts";
import { formatTable } from "../users/table.ts";
import { ago, span } from "./times.ts";

/** A table for a terminal, with a line below it for each endpoint that is not well. */
export function listing(endpoints: readonly EndpointSummary[], nowMs: number): string {
  if (endpoints.length === 0) return "There are no webhooks yet: npm run webhooks -- add <name> <https://…> --facts …";
  const head = ["NAME", "STATE", "WAITING", "DELIVERED", "LAST", "FACTS", "ADDRESS"];
  const rows = endpoints.map((endpoint) => [
    endpoint.name,
    stateOf(endpoint),
    String(endpoint.waiting),
    String(endpoint.state?.delivered ?? 0n),
    ago(Number(endpoint.state?.lastDeliveredMs ?? 0n), nowMs),
    factsOf(endpoint),
    endpoint.url,
  ]);
  return [formatTable(head, rows), ...endpoints.flatMap((endpoint) => notesOf(endpoint, nowMs))].join("\n");
}

function stateOf({ state, redeliveries }: EndpointSummary): string {
  if (state && state.disabledMs > 0n) return "disabled";
  if (state && state.failures > 0) return "failing";
  return redeliveries.length > 0 ? "redelivering" : "well";
}

function factsOf({ facts, rooms, mode }: EndpointSummary): string {
  const where = rooms.length === 0 ? "" : ` in ${rooms.length === 1 ? "one room" : `${rooms.length} rooms`}`;
  return `${facts.join(",")}${where}${mode === "binary" ? " (binary)" : ""}`;
}

function notesOf({ name, state, redeliveries, secrets }: EndpointSummary, nowMs: number): string[] {
  const notes: string[] = [];
  if (state && state.disabledMs > 0n) {
    const why =
      state.disabledReason === "gone" ? "it answered 410 Gone" : `it accepted nothing for too long (${state.failure})`;
    notes.push(`disabled ${ago(Number(state.disabledMs), nowMs)}: ${why}. "enable ${name}" goes on where it was`);
  } else if (state && state.failures > 0) {
    const since = span(nowMs - Number(state.failingSinceMs));
    const inMs = Number(state.nextTryMs) - nowMs;
    const next = inMs > 0 ? `the next try in ${span(inMs)}` : "being tried now";
    notes.push(
      `${state.failures} ${state.failures === 1 ? "failure" : "failures"} in ${since} with ${state.failedEvent}: ${state.failure}; ${next}`,
    );
  }
  for (const { fromMs, toMs } of redeliveries)
    notes.push(`delivers once more what is from ${time(fromMs)} to ${time(toMs)}`);
  if (secrets > 1) notes.push("signed with two keys");
  return notes.map((note) => `  ${name}: ${note}`);
}

function time(ms: bigint): string {
  return new Date(Number(ms)).toISOString().slice(0, 19).concat("Z");
}
