import type { Log } from "@veche/kit/log.ts";
import type { Fact } from "./domain/facts.ts";
import type { Failure } from "./domain/inputs.ts";
import type { FocusMetrics } from "./metrics.ts";

export const jingleActions = [
  "session-initiate",
  "session-accept",
  "session-terminate",
  "session-info",
  "source-add",
  "source-remove",
  "transport-info",
] as const;
export type JingleAction = (typeof jingleActions)[number];

/** One line in the log and one count per thing that happened to a conference. */
export class FocusEvents {
  readonly #log: Log;
  readonly #metrics: FocusMetrics;

  constructor(log: Log, metrics: FocusMetrics) {
    this.#log = log;
    this.#metrics = metrics;
  }

  conferenceOpened(room: string, session: string, epoch: number): void {
    this.#metrics.conferences.inc();
    this.#log.info({ room, session, epoch }, "conference opened");
  }

  conferenceTakenOver(room: string, session: string, epoch: number, adopted: number): void {
    this.#metrics.takeovers.inc();
    this.#log.info({ room, session, epoch, adopted }, "conference taken over");
  }

  conferenceEnded(room: string, session: string): void {
    this.#log.info({ room, session }, "conference ended");
  }

  conferenceFenced(room: string, session: string): void {
    this.#metrics.fenced.inc();
    this.#log.warn({ room, session }, "another focus owns the room now: nothing more is done for it here");
  }

  /** Facts about people and sources; the bridge's and the speaker's are too many for a log. */
  factSaid(room: string, session: string, fact: Fact): void {
    this.#metrics.facts.inc({ fact: fact.name });
    if (fact.name === "participantJoined") this.#metrics.joined.inc();
    if (fact.name === "bridgeRelayUp") this.#metrics.splits.inc({ reason: fact.body.reason });
    const endpoint = "participant" in fact.body ? fact.body.participant.endpoint : undefined;
    const reason = "reason" in fact.body ? fact.body.reason : undefined;
    const level = fact.name.startsWith("participant") || fact.name.startsWith("session") ? "info" : "debug";
    this.#log[level]({ room, session, seq: fact.seq, endpoint, reason }, fact.name);
  }

  factDelayed(session: string, error: unknown): void {
    this.#metrics.factRetries.inc();
    this.#log.debug({ session, err: error }, "a fact is not stored yet");
  }

  jobDelayed(job: string, { code, message }: Failure): void {
    this.#metrics.jobRetries.inc();
    this.#log.warn({ job, code, problem: message }, "what recorders are to do is not stored yet");
  }

  requestFailed(to: "bridge" | "xmpp", request: string, fields: object, failure: Failure): void {
    this.#metrics.failures.inc({ to, request, code: failure.code });
    this.#log.warn({ ...fields, request, code: failure.code, problem: failure.message }, `${to} did not do it`);
  }

  invited(room: string, endpoint: string, bridge: string): void {
    this.#metrics.invitations.inc();
    this.#log.debug({ room, endpoint, bridge }, "endpoint asked for");
  }

  movedFromBridge(room: string, participants: number): void {
    this.#metrics.moved.inc(participants);
    this.#log.info({ room, participants }, "conference moved to another bridge");
  }

  jingleSent(action: JingleAction): void {
    this.#metrics.jingle.inc({ direction: "sent", action });
  }

  jingleReceived(action: JingleAction): void {
    this.#metrics.jingle.inc({ direction: "received", action });
  }

  sessionRestarted(room: string, endpoint: string): void {
    this.#metrics.restarts.inc();
    this.#log.info({ room, endpoint }, "a client asked for a new session");
  }

  bridgeLost(bridge: string, instance: string, reason: string): void {
    this.#metrics.bridgesLost.inc();
    this.#log.warn({ bridge, instance, reason }, "bridge lost");
  }

  bridgeReturned(bridge: string, instance: string): void {
    this.#log.info({ bridge, instance }, "bridge is back");
  }

  dialAccepted(room: string, endpoint: string): void {
    this.#metrics.dials.inc({ outcome: "accepted" });
    this.#log.info({ room, endpoint }, "a telephone is dialled");
  }

  dialRejected(): void {
    this.#metrics.dials.inc({ outcome: "rejected" });
  }

  dialUnserved(): void {
    this.#metrics.dials.inc({ outcome: "no-gateway" });
  }

  dialRetried(): void {
    this.#metrics.dialRetries.inc();
  }

  /** What a gateway says may hold the number: the code alone is told. */
  dialFailed(room: string, gateway: string, code: string): void {
    this.#metrics.dialFailures.inc({ code });
    this.#log.warn({ room, gateway, code }, "a gateway did not dial");
  }

  clientRefused(request: string, room: string, endpoint: string, code: string, problem: string): void {
    this.#metrics.refusals.inc({ request, code });
    this.#log.info({ room, endpoint, request, code, problem }, "a client's request was refused");
  }
}
