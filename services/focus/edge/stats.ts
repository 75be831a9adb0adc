import { readdirSync } from "node:fs";
import type { FastifyInstance } from "@veche/kit/http.ts";
import type { Conference } from "../domain/conference.ts";
import { type RecorderPool, recordersAtWork } from "../domain/recorder-pool.ts";
import { outputKinds } from "../domain/recording-job.ts";
import { activeIn, callsOf, participantsOf } from "../domain/tally.ts";
import { jingleActions } from "../events.ts";
import type { FocusMetrics } from "../metrics.ts";
import type { HttpGiven } from "./http.ts";

const sizes = 22;

/** `/stats` with Jicofo's names (focus.md 3.12), `/rtcstats`, and the gauges that are read at the same moment. */
export function mountStats(app: FastifyInstance, given: HttpGiven): void {
  app.get("/stats", async () => {
    refreshGauges(given);
    return statsOf(given);
  });
  app.get("/rtcstats", () =>
    Object.fromEntries(given.conferences.states().map((state) => [state.meetingId, rtcStatsOf(state)])),
  );
  given.context.metrics.onReading(() => refreshGauges(given));
}

async function statsOf({
  conferences,
  directory,
  recordings,
  gateways,
  metrics,
  context,
  bus,
  settings,
}: HttpGiven): Promise<object> {
  const states = conferences.states();
  const counts = states.map(participantsOf);
  const bridges = directory.states();
  return {
    total_participants: await totalOf(metrics.joined),
    total_conferences_created: await totalOf(metrics.conferences),
    conferences: states.length,
    participants: sum(counts),
    visitors: 0,
    largest_conference: Math.max(0, ...counts),
    breakout_conferences: states.filter(({ policy }) => policy.mainRoom !== "").length,
    lobby_participants: sum(states.map(({ lobby }) => lobby.size)),
    av_moderated_conferences: states.filter(({ policy }) => policy.moderated.size > 0).length,
    secure_domain: settings.current.secureDomain,
    endpoint_pairs: sum(counts.map((count) => count * (count - 1))),
    conference_sizes: sizesOf(counts),
    bridge_failures: {
      participants_moved: await totalOf(metrics.moved),
      bridges_removed: directory.lostTotal,
    },
    participant_notifications: {
      ice_failed: await totalOf(metrics.facts, (labels) => labels.fact === "participantConnectionFailed"),
      request_restart: await totalOf(metrics.restarts),
    },
    bridge_selector: {
      bridge_count: directory.total,
      operational_bridge_count: directory.operational,
      in_shutdown_bridge_count: bridges.filter(({ draining }) => draining).length,
      lost_bridges: directory.lostTotal,
      total_split_due_to_load: await totalOf(metrics.splits, ({ reason }) => reason === "load"),
      total_split_due_to_region: await totalOf(metrics.splits, ({ reason }) => reason === "region"),
    },
    jibri_detector: { count: recordings.pool.recorders.length, available: availableIn(recordings.pool) },
    jibri: {
      total_live_streaming_failures: await totalOf(metrics.facts, ({ fact }) => fact === "streamFailed"),
      total_recording_failures: await totalOf(metrics.facts, ({ fact }) => fact === "recordingFailed"),
      total_sip_call_failures: 0,
      live_streaming_active: activeIn(states, "stream"),
      recording_active: activeIn(states, "file"),
      jobs_waiting: recordings.pool.waiting.length,
    },
    jigasi_detector: {
      sip_count: gateways.views().length,
      sip_in_graceful_shutdown_count: gateways.views().filter(({ draining }) => draining).length,
      transcriber_count: 0,
      transcriber_in_graceful_shutdown_count: 0,
    },
    jigasi: await dialStats(metrics),
    jingle: { sent: await jingleOf(metrics, "sent"), received: await jingleOf(metrics, "received") },
    threads: countThreads(),
    version: context.version,
    healthy: bus.isConnected && directory.operational > 0,
  };
}

/** What helps somebody who collects clients' statistics to tell whose are whose: ids alone. */
function rtcStatsOf({ room, meetingId, session, bridges, members }: Conference): object {
  return {
    conference: room.room,
    meeting_id: meetingId,
    session,
    bridges: bridges.map(({ id, region }) => ({ id, region })),
    participants: Object.fromEntries(
      [...members.values()]
        .filter(({ hidden }) => !hidden)
        .map(({ endpoint, statsId, region, session: { state, invite } }) => [
          endpoint,
          { stats_id: statsId, region, session: state, bridge: invite?.bridge ?? null },
        ]),
    ),
  };
}

/** As Jicofo's handler of dial requests counts them. */
async function dialStats({ dials, dialRetries, dialFailures }: FocusMetrics): Promise<object> {
  const outcome = (wanted: string) => totalOf(dials, (labels) => labels.outcome === wanted);
  return {
    rejected_requests: await outcome("rejected"),
    accepted_requests: await outcome("accepted"),
    retries: await totalOf(dialRetries),
    instance_errors: await totalOf(dialFailures, ({ code }) => code !== "deadline-exceeded"),
    instance_timeout: await totalOf(dialFailures, ({ code }) => code === "deadline-exceeded"),
    requests_failed_no_instance: await outcome("no-gateway"),
    requests_failed_xmpp_not_connected: 0,
  };
}

async function jingleOf(metrics: FocusMetrics, direction: "sent" | "received"): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const action of jingleActions) {
    const isIt = (labels: Counted["labels"]) => labels.direction === direction && labels.action === action;
    const count = await totalOf(metrics.jingle, isIt);
    if (count > 0) counts[action] = count;
  }
  return counts;
}

/** Of this process; systems that don't say so count as one. */
function countThreads(): number {
  try {
    return readdirSync("/proc/self/task").length;
  } catch {
    return 1;
  }
}

/** Healthy, not being drained, and not full of everything. */
function availableIn(pool: RecorderPool): number {
  return recordersAtWork(pool).filter(({ compositeFull, tracksFull }) => !compositeFull || !tracksFull).length;
}

function refreshGauges({ conferences, directory, recordings, gateways, metrics, signalling }: HttpGiven): void {
  const counts = conferences.states().map(participantsOf);
  metrics.gateways.set(gateways.views().length);
  metrics.drainingGateways.set(gateways.views().filter(({ draining }) => draining).length);
  metrics.calls.set(sum(conferences.states().map(callsOf)));
  metrics.recorders.set(recordings.pool.recorders.length);
  metrics.availableRecorders.set(availableIn(recordings.pool));
  metrics.recordingsWaiting.set(recordings.pool.waiting.length);
  for (const kind of outputKinds) metrics.recordings.set({ kind }, activeIn(conferences.states(), kind));
  metrics.current.set(counts.length);
  metrics.participants.set(sum(counts));
  metrics.largest.set(Math.max(0, ...counts));
  metrics.factsWaiting.set(conferences.factsWaiting);
  metrics.bridges.set(directory.total);
  metrics.operationalBridges.set(directory.operational);
  metrics.xmppRoundTrip.set((signalling.roundTripMs ?? 0) / 1000);
}

function sizesOf(counts: readonly number[]): readonly number[] {
  const found = Array.from({ length: sizes }, () => 0);
  for (const count of counts) {
    const index = Math.min(count, sizes - 1);
    found[index] = (found[index] ?? 0) + 1;
  }
  return found;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

type Counted = { readonly value: number; readonly labels: Partial<Record<string, string | number>> };

async function totalOf(
  counter: { get(): Promise<{ readonly values: readonly Counted[] }> },
  isWanted: (labels: Counted["labels"]) => boolean = () => true,
): Promise<number> {
  const { values } = await counter.get();
  return sum(values.filter(({ labels }) => isWanted(labels)).map(({ value }) => value));
}
