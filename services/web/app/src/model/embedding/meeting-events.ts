import { computed } from "@preact/signals-core";
import type { Phase } from "../call/state.ts";
import type { Embedder } from "./embedder.ts";
import { ownFields } from "./participant.ts";
import { onChange, onValue } from "./watch.ts";

/** Where we are: before the door, in the meeting, in one of its groups, out of it. */
export function tellMeetingEvents(embedder: Embedder): void {
  const { app, tell } = embedder;
  const { state } = app;
  onValue(
    () => app.page.value,
    (page) => {
      if (page === "prejoin") tell("prejoin-screen-loaded", { id: "local", ...ownFields(app) });
      tell("on-prejoin-video-changed", { isVisible: page === "prejoin" });
    },
  );
  let isIn = false;
  const place = computed(() =>
    state.phase.value.name === "joined" ? `${state.selfId.value} ${state.roomJid.value}` : undefined,
  );
  onValue(
    () => place.value,
    (now) => {
      // A group, or a new address after a broken line, is another meeting to the page around.
      if (isIn) tell("video-conference-left", { roomName: app.place.roomName });
      isIn = now !== undefined;
      if (isIn) tellJoined(embedder);
    },
  );
  onValue(
    () => state.phase.value,
    (phase) => tellPhase(embedder, phase),
  );
  onChange(
    () => state.subject.value,
    (subject) => tell("subject-change", { subject }),
  );
  onValue(
    () => state.roomInfo.value.createdAt,
    (timestamp) => timestamp !== undefined && tell("conference-created-timestamp", { timestamp }),
  );
  onChange(
    () => state.bridgeChannelOpen.value,
    (isOpen) => (isOpen ? tell("data-channel-opened") : tell("data-channel-closed", { code: 1006, reason: "" })),
  );
  onChange(
    () => state.ice.value === "failed",
    (isFailed) => isFailed && tell("peer-connection-failure", { isP2P: false, wasConnected: true }),
  );
}

function tellJoined({ app, tell }: Embedder): void {
  tell("video-conference-joined", {
    roomName: app.place.roomName,
    id: app.state.selfId.value,
    ...ownFields(app),
    breakoutRoom: app.call.activities.breakoutRooms.isAside.value,
    visitor: false,
  });
  tell("toolbar-visibility-changed", { visible: true });
}

function tellPhase({ app, tell }: Embedder, phase: Phase): void {
  if (phase.name === "ended") {
    const id = app.state.selfId.value;
    if (phase.how === "kicked") tell("participant-kicked-out", { kicked: { id, local: true }, kicker: { id: "" } });
    tell("video-ready-to-close");
  } else if (phase.name === "refused") {
    const isPassword = phase.problem === "password" || phase.problem === "wrong-password";
    if (isPassword) tell("password-required");
    else tell("error-occurred", { error: errorOf(phase) });
  }
}

/** By the names of lib-jitsi-meet's errors, which embedding pages look for. */
const ERROR_NAMES: Readonly<Record<string, string>> = {
  "members-only": "conference.connectionError.membersOnly",
  rejected: "conference.connectionError.accessDenied",
  "bad-token": "connection.passwordRequired",
  full: "conference.max_users",
  "not-allowed": "conference.connectionError.notAllowed",
  "login-needed": "conference.authenticationRequired",
  refused: "connection.otherError",
  other: "connection.otherError",
};

function errorOf({ problem, text }: Extract<Phase, { name: "refused" }>) {
  const name = ERROR_NAMES[problem] ?? "connection.otherError";
  return { name, message: text, type: name.startsWith("conference") ? "CONFERENCE" : "CONNECTION", isFatal: true };
}
