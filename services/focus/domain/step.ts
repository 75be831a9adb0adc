import { forceMutes, noteNotForceMuted, settleBlocks } from "./blocks.ts";
import * as breakouts from "./breakouts.ts";
import { showPresence } from "./bridge-presence.ts";
import type { BridgeView } from "./bridge-selection/bridge.ts";
import { clearUnused, loseBridge, regainBridge, settleBridges, tidyBridges } from "./bridges.ts";
import { noteMessage } from "./chat.ts";
import type { Conference } from "./conference.ts";
import { askDial, noteGateways } from "./dialling.ts";
import type { Effect } from "./effects.ts";
import { end, toEndReason } from "./ending.ts";
import type { Input } from "./inputs.ts";
import {
  expireAlone,
  inviteIdle,
  isCrowd,
  mayStillArrive,
  offer,
  reinvite,
  reinviteAfterFailure,
  tellFailure,
} from "./invitations.ts";
import { admitSeen, enterLobby, leaveLobby, seeLobby } from "./lobby.ts";
import { settleLoneCalls } from "./lone-calls.ts";
import { interrupt, join, leave, reconcile, resume, toLeftReason, update } from "./membership.ts";
import { moveEndpoints } from "./moving.ts";
import { requestMute } from "./mute.ts";
import { noteOwner, settleOwners } from "./ownership.ts";
import { takePolicy } from "./policy.ts";
import { tellPoll } from "./polls.ts";
import { countReactions, tellReactions } from "./reactions.ts";
import { noRecorders, type RecorderPool } from "./recorder-pool.ts";
import { showAgain, showRecordings } from "./recording-presence.ts";
import { noteJobNotPut, noteReport, settleRecordings } from "./recording-progress.ts";
import { askRecording } from "./recording-requests.ts";
import * as relays from "./relays.ts";
import * as requests from "./requests.ts";
import type { Rules } from "./rules.ts";
import { settleSenders } from "./sender-limits.ts";
import { currentInvite, flush, noteAnnounced, noteAnswered } from "./signalling.ts";
import { changeSpeaker, tellSpeaker } from "./speaker.ts";
import { takeOver } from "./takeover.ts";
import { countsOf, Turn } from "./turn.ts";

/** What happened, and what should be done about it. */
export function step(
  state: Conference,
  input: Input,
  now: number,
  rules: Rules,
  bridges: readonly BridgeView[],
  pool: RecorderPool = noRecorders,
): readonly [Conference, readonly Effect[]] {
  const turn = new Turn(state, now, { rules, bridges, pool });
  if (state.phase === "ended") refuse(turn, input);
  else {
    apply(turn, input);
    if (isQuiet(input)) settleTouched(turn);
    else settle(turn);
  }
  return turn.finish();
}

function refuse(turn: Turn, input: Input): void {
  if (input.type === "session-terminated" && !input.restart) turn.reply(input.ask);
  else if ("ask" in input) turn.reply(input.ask, { code: "not-found", message: "the conference has ended" });
}

/**
 * What comes most often in a large conference, once per receiver and source, and touches nobody's place: only the
 * receivers concerned are looked at.
 */
const quiet: ReadonlySet<Input["type"]> = new Set<Input["type"]>([
  "sources-announced",
  "sources-withdrawn",
  "session-initiated",
  "bridge-took-sources",
  "remote-sources-added",
  "endpoint-accepted",
  "endpoint-connected",
  "speaker-changed",
  "message-sent",
  "lobby-entered",
  "lobby-left",
  "poll-created",
  "poll-answered",
  "poll-closed",
  "reacted",
  "job-put",
]);

/** Whether what is due for others than those concerned is left to the next input. */
export function isQuiet(input: Input): boolean {
  return quiet.has(input.type);
}

function settleTouched(turn: Turn): void {
  relays.settleRelays(turn);
  flush(turn, turn.touched);
  tellReactions(turn);
  tellSpeaker(turn);
}

/** The rules that hold after whatever happened, in the order in which they build on each other. */
function settle(turn: Turn): void {
  endIfEmpty(turn);
  settleLoneCalls(turn);
  if (turn.state.phase === "ended") return;
  expireUnanswered(turn);
  settleOwners(turn);
  settleBlocks(turn);
  settleAlone(turn);
  settleBridges(turn);
  settleSenders(turn);
  inviteIdle(turn);
  tidyBridges(turn);
  settleRecordings(turn);
  relays.settleRelays(turn);
  forceMutes(turn);
  flush(turn, turn.members.keys());
  showPresence(turn);
  showRecordings(turn);
  breakouts.tellAssignments(turn);
  tellReactions(turn);
  tellSpeaker(turn);
}

function endIfEmpty(turn: Turn): void {
  if (turn.state.phase === "ended") return;
  const isEmpty = turn.members.size === 0;
  if (isEmpty !== (turn.state.emptySinceMs !== 0)) turn.change({ emptySinceMs: isEmpty ? turn.now : 0 });
  if (!isEmpty || breakouts.isKeptByBreakouts(turn)) return;
  const hadPeople = turn.state.joins > 0;
  if (hadPeople || turn.now >= turn.state.openedMs + turn.rules.initialTimeoutMs) end(turn, "empty", "ended", false);
}

function settleAlone(turn: Turn): void {
  const { aloneSinceMs } = turn.state;
  if (isCrowd(turn)) {
    if (aloneSinceMs !== 0) turn.change({ aloneSinceMs: 0 });
  } else if (aloneSinceMs === 0) {
    turn.change({ aloneSinceMs: turn.now });
  } else if (turn.now >= aloneSinceMs + turn.rules.aloneTimeoutMs) {
    expireAlone(turn);
  }
}

/** An accept that a former focus process took with it when it died is asked for again. */
function expireUnanswered(turn: Turn): void {
  for (const { endpoint, session } of turn.members.values()) {
    const { acceptByMs } = session.invite ?? {};
    if (acceptByMs !== undefined && acceptByMs <= turn.now) reinvite(turn, endpoint, "the session was not accepted");
  }
}

type Handlers = {
  readonly [T in Input["type"]]: (turn: Turn, input: Extract<Input, { readonly type: T }>) => void;
};

function apply(turn: Turn, input: Input): void {
  const handle = handlers[input.type] as (turn: Turn, input: Input) => void;
  handle(turn, input);
}

const nothing = () => {};

/** What each input changes by itself; the type says when one is missing. */
const handlers: Handlers = {
  "occupant-joined": (turn, { occupant }) => join(turn, occupant),
  "occupant-updated": (turn, { occupant }) => update(turn, occupant),
  "occupant-interrupted": (turn, { endpoint }) => interrupt(turn, endpoint),
  "occupant-resumed": (turn, { endpoint }) => resume(turn, endpoint),
  "occupant-left": (turn, { endpoint, reason, by }) => leave(turn, endpoint, toLeftReason(reason), by),
  "room-updated": (turn, { changed, policy, by }) => noteRoomChange(turn, changed, () => takePolicy(turn, policy, by)),
  "room-destroyed": (turn, { reason, by }) => destroy(turn, reason, by),
  "room-seen": (turn, { occupants, policy, visitors }) => {
    admitSeen(turn, occupants);
    reconcile(turn, occupants);
    seeLobby(turn, visitors);
    takePolicy(turn, policy, "");
    showAgain(turn);
  },
  "message-sent": (turn, { sent }) => noteMessage(turn, sent),
  "lobby-entered": (turn, { visitor }) => enterLobby(turn, visitor),
  "lobby-left": (turn, { endpoint, reason, by }) => leaveLobby(turn, endpoint, reason, by),
  "poll-created": (turn, { poll }) => tellPoll(turn, "pollCreated", poll),
  "poll-answered": (turn, { poll }) => tellPoll(turn, "pollAnswered", poll),
  "poll-closed": (turn, { poll }) => tellPoll(turn, "pollClosed", poll),
  "breakouts-created": (turn, { rooms, by }) => breakouts.noteBreakoutsCreated(turn, rooms, by),
  "breakout-assigned": (turn, input) => breakouts.noteAssigned(turn, input),
  "breakouts-closed": (turn, { rooms, by }) => breakouts.noteBreakoutsClosed(turn, rooms, by),
  "sent-elsewhere": (turn, { endpoint, destination }) => breakouts.noteDestination(turn, endpoint, destination),
  "session-accepted": answering(requests.accept),
  "sources-added": answering(requests.addSources),
  "sources-removed": answering(requests.removeSources),
  "session-terminated": answering(requests.terminate),
  "ice-restart-requested": answering(requests.requestIceRestart),
  "transport-updated": answering(requests.noteTransport),
  "mute-requested": answering(requestMute),
  "recording-asked": answering(askRecording),
  "recording-reported": noteReport,
  "job-put": (turn, { ask }) => turn.reply(ask),
  "job-not-put": noteJobNotPut,
  "recorders-changed": nothing,
  "dial-asked": answering(askDial),
  "gateways-changed": noteGateways,
  "endpoint-created": (turn, { endpoint, jingleSession, offer: made }) => offer(turn, endpoint, jingleSession, made),
  "endpoint-not-created": (turn, input) =>
    ifCurrent(turn, input, () => reinviteAfterFailure(turn, input.endpoint, "no place on the bridge")),
  "session-initiated": nothing,
  "session-not-initiated": noteUndelivered,
  "endpoint-accepted": requests.noteAccepted,
  "endpoint-not-accepted": requests.noteNotAccepted,
  "bridge-took-sources": requests.noteSourcesTaken,
  "bridge-refused-sources": requests.noteSourcesRefused,
  "sources-announced": (turn, { endpoint, jingleSession, names }) =>
    noteAnnounced(turn, endpoint, jingleSession, names),
  "sources-withdrawn": (turn, { endpoint, jingleSession }) => noteAnswered(turn, endpoint, jingleSession),
  "announcement-failed": noteUndelivered,
  "ice-restarted": requests.noteIceRestarted,
  "ice-not-restarted": (turn, { ask, failure }) => turn.reply(ask, failure),
  "force-mute-not-set": noteNotForceMuted,
  "bridge-missed": requests.noteBridgeMissed,
  "remote-sources-added": relays.noteRemoteAdded,
  "remote-sources-not-added": relays.noteRemoteNotAdded,
  "remote-sources-not-removed": relays.noteRemoteNotRemoved,
  "relay-not-dropped": relays.noteNotDropped,
  "affiliation-set": (turn, { endpoint }) => noteOwner(turn, endpoint),
  "affiliation-not-set": nothing,
  "bridge-lost": (turn, { bridge, instance, reason }) => loseBridge(turn, bridge, instance, reason),
  "bridge-returned": (turn, { bridge, instance }) => regainBridge(turn, bridge, instance),
  "held-by-bridge": (turn, { bridge, instance, endpoints }) => clearUnused(turn, { id: bridge, instance }, endpoints),
  "bridges-changed": nothing,
  "endpoint-connected": (turn, input) => ifCurrent(turn, input, () => connect(turn, input.endpoint)),
  "endpoint-disconnected": (turn, input) =>
    ifCurrent(turn, input, () => disconnect(turn, input.endpoint, input.jingleSession, input.stage)),
  "endpoints-lost": (turn, { bridge, endpoints }) => loseEndpoints(turn, bridge, endpoints),
  "speaker-changed": (turn, { bridge, endpoint }) => {
    if (turn.state.bridges[0]?.id === bridge) changeSpeaker(turn, endpoint);
  },
  reacted: (turn, { endpoint, reactions }) => countReactions(turn, endpoint, reactions),
  "taken-over": takeOver,
  "lease-renewed": (turn, { epoch }) => renewLease(turn, epoch),
  "rules-changed": nothing,
  "move-asked": (turn, { endpoints }) => moveEndpoints(turn, endpoints),
  "start-muted-requested": (turn, { audioAfter, videoAfter }) =>
    turn.change({ startMuted: { audioAfter, videoAfter } }),
  "room-lost": (turn) => end(turn, "server-lost", "server-lost", true),
  tick: nothing,
};

/** Tells the client what came of its request, unless that takes the bridge's word. */
function answering<I extends { readonly ask: number }>(request: (turn: Turn, input: I) => requests.Answer) {
  return (turn: Turn, input: I): void => {
    const answer = request(turn, input);
    if (answer !== "later") turn.reply(input.ask, answer === "done" ? undefined : answer);
  };
}

function ifCurrent(
  turn: Turn,
  of: { readonly endpoint: string; readonly jingleSession: string },
  act: () => void,
): void {
  if (currentInvite(turn, of.endpoint, of.jingleSession)) act();
}

/** A client that refused lost its session and wants a new one; one that said nothing in time may yet hear of it. */
function noteUndelivered(
  turn: Turn,
  input: Extract<Input, { readonly type: "session-not-initiated" | "announcement-failed" }>,
): void {
  const { endpoint, jingleSession, failure } = input;
  if (!currentInvite(turn, endpoint, jingleSession)) return;
  if (failure.code === "not-found") {
    noteAnswered(turn, endpoint, jingleSession);
    return;
  }
  if (turn.member(endpoint)?.interrupted !== true) tellFailure(turn, endpoint, jingleSession, "signalling");
  if (!mayStillArrive(failure)) reinviteAfterFailure(turn, endpoint, "the session was refused");
  else if (input.type === "announcement-failed") noteAnnounced(turn, endpoint, jingleSession, input.names);
}

function connect(turn: Turn, endpoint: string): void {
  if (turn.member(endpoint)?.session.state !== "accepted") return;
  turn.changeInvite(endpoint, { failedStages: [] });
  turn.changeSession(endpoint, { state: "connected" });
}

function disconnect(turn: Turn, endpoint: string, jingleSession: string, stage: string): void {
  // What became of a telephone its gateway says.
  if (stage !== "rtp") tellFailure(turn, endpoint, jingleSession, stage === "dtls" ? "dtls" : "ice");
  if (turn.member(endpoint)?.session.state === "connected") turn.changeSession(endpoint, { state: "accepted" });
}

function loseEndpoints(turn: Turn, bridge: string, endpoints: readonly string[]): void {
  for (const endpoint of endpoints) {
    if (turn.member(endpoint)?.session.invite?.bridge === bridge) reinvite(turn, endpoint, "the bridge lost it");
  }
  relays.forgetRelays(turn, bridge);
}

const toldChanges = ["subject", "password", "lobby", "moderation", "limits"];

function noteRoomChange(turn: Turn, changed: readonly string[], take: () => void): void {
  const known = changed.filter((one) => toldChanges.includes(one));
  if (known.length > 0 && turn.state.startedMs > 0) turn.record("sessionUpdated", { changed: known });
  take();
}

function renewLease(turn: Turn, epoch: number): void {
  turn.change({ epoch });
  if (turn.state.startedMs > 0) turn.record("sessionResumed", { counts: countsOf(turn) });
}

function destroy(turn: Turn, reason: string, by: string): void {
  const named = toEndReason(reason);
  if (named === "moderator" && turn.state.startedMs > 0) turn.record("moderationEndedForAll", { by });
  end(turn, named, "ended", true);
}
