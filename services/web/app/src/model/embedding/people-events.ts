import { computed, type ReadonlySignal } from "@preact/signals-core";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import { isSending } from "../../protocol/conference/source-info.ts";
import type { App } from "../app.ts";
import type { Embedder } from "./embedder.ts";
import { occupantFields, ownFields, roleOf } from "./participant.ts";
import { onChange, onValue } from "./watch.ts";

const NOBODY: ReadonlyMap<string, Occupant> = new Map();

/** Who is there, what they are called and may, and what they do with hand, microphone, camera and screen. */
export function tellPeopleEvents(embedder: Embedder): void {
  const { app, tell } = embedder;
  const { state } = app;
  const present = presentPeople(app);
  let before: ReadonlyMap<string, Occupant> = NOBODY;
  onValue(
    () => present.value,
    (now) => {
      for (const id of before.keys()) if (!now.has(id)) tell("participant-left", { id });
      for (const occupant of now.values()) {
        const last = before.get(occupant.id);
        if (!last) tell("participant-joined", { id: occupant.id, ...occupantFields(occupant) });
        tellChanges(embedder, last, occupant);
      }
      before = now;
    },
  );
  tellOwnChanges(embedder);
  onChange(
    () => state.dominant.value,
    (id) => id !== undefined && tell("dominant-speaker-changed", { id }),
  );
  onChange(
    () => state.knockers.value,
    (now, last) => {
      const known = new Set(last.map(({ id }) => id));
      for (const { id, name } of now) if (!known.has(id)) tell("knocking-participant", { participant: { id, name } });
    },
  );
  tellSharing(embedder);
  tellModeration(embedder);
}

/** Nobody is there for the embedding page before we are, or after. */
function presentPeople({ state }: App): ReadonlySignal<ReadonlyMap<string, Occupant>> {
  return computed(() => (state.phase.value.name === "joined" ? state.occupants.value : NOBODY));
}

function tellChanges({ tell }: Embedder, last: Occupant | undefined, now: Occupant): void {
  const { id, name, email, avatarUrl, isModerator, handRaisedAt, sources } = now;
  if (last && last.name !== name)
    tell("display-name-change", {
      id,
      displayname: name,
      formattedDisplayName: occupantFields(now).formattedDisplayName,
    });
  if (last && last.email !== email) tell("email-change", { id, email });
  if (last && last.avatarUrl !== avatarUrl) tell("avatar-changed", { id, avatarURL: avatarUrl });
  if (last?.isModerator !== isModerator) tell("participant-role-changed", { id, role: roleOf(isModerator) });
  if ((last?.handRaisedAt ?? 0) !== handRaisedAt) tell("raise-hand-updated", { id, handRaised: handRaisedAt });
  for (const mediaType of ["audio", "video", "desktop"] as const) {
    const isMuted = !isSending(sources, mediaType);
    if (last && isMuted === isSending(last.sources, mediaType))
      tell("participant-muted", { participantId: id, isMuted, mediaType, isSelfMuted: true });
  }
}

function tellOwnChanges({ app, tell }: Embedder): void {
  const { state, profile } = app;
  onChange(
    () => state.name.value,
    (displayname) => {
      const { formattedDisplayName } = ownFields(app);
      tell("display-name-change", { id: ownId(app), displayname, formattedDisplayName });
    },
  );
  onChange(
    () => profile.email.value,
    (email) => tell("email-change", { id: ownId(app), email }),
  );
  onChange(
    () => profile.avatarUrl.value,
    (avatarURL) => tell("avatar-changed", { id: ownId(app), avatarURL }),
  );
  onChange(
    () => state.handRaisedAt.value,
    (handRaised) => tell("raise-hand-updated", { id: ownId(app), handRaised }),
  );
  onValue(
    () => (state.phase.value.name === "joined" ? state.isModerator.value : undefined),
    (isModerator) => {
      if (isModerator !== undefined)
        tell("participant-role-changed", { id: state.selfId.value, role: roleOf(isModerator) });
    },
  );
}

/** Before the meeting we are "local", as in Jitsi's app. */
function ownId({ state }: App): string {
  return state.phase.value.name === "joined" ? state.selfId.value : "local";
}

export function sharingIds({ state, media }: App): string[] {
  const others = [...state.occupants.value.values()].filter(({ sources }) => isSending(sources, "desktop"));
  return [...others.map(({ id }) => id), ...(media.screen.value ? [state.selfId.value] : [])];
}

function tellSharing({ app, tell }: Embedder): void {
  onChange(
    () => sharingIds(app).join(),
    () => tell("content-sharing-participants-changed", { data: { sharingParticipantIds: sharingIds(app) } }),
  );
}

function tellModeration({ app, tell }: Embedder): void {
  const { moderated, allowed } = app.call.activities.avModeration;
  for (const mediaType of ["audio", "video", "desktop"] as const) {
    onChange(
      () => moderated.value.has(mediaType),
      (enabled) => tell("moderation-status-changed", { mediaType, enabled }),
    );
    onChange(
      () => allowed.value[mediaType],
      (now, last) => {
        for (const id of now) if (!last.has(id)) tell("moderation-participant-approved", { id, mediaType });
        for (const id of last) if (!now.has(id)) tell("moderation-participant-rejected", { id, mediaType });
      },
    );
  }
}
