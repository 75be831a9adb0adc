import { isAudioSource, ownerOf } from "../protocol/conference/source-info.ts";
import type { App } from "./app.ts";

export interface SourceStats {
  readonly source: string;
  readonly endpoint: string;
  readonly kind: "audio" | "video";
  readonly ssrc: number;
  readonly packets: number;
  readonly framesDecoded: number;
  readonly width: number;
  readonly height: number;
  readonly audioLevel: number;
}

type Report = Readonly<Record<string, unknown>>;

/** A read-only window into the app for tests and for support. */
export function debugWindow(app: App) {
  return { state: () => stateOf(app), stats: () => statsOf(app) };
}

function stateOf({ state, media, view, quality, page, place, call, background, devices, settings, sounds }: App) {
  return {
    page: page.value,
    room: place.roomName,
    endpoint: state.selfId.value,
    name: state.name.value,
    phase: state.phase.value,
    connection: state.link.value,
    reconnecting: state.reconnecting.value,
    isModerator: state.isModerator.value,
    identity: state.identity.value,
    login: state.login.value,
    roomInfo: state.roomInfo.value,
    roomJid: state.roomJid.value,
    moderated: [...call.activities.avModeration.moderated.value],
    blocked: [...call.activities.avModeration.blocked.value],
    knockers: state.knockers.value.map(({ id, name }) => ({ id, name })),
    audioMuted: media.audioMuted.value || !media.microphone.value,
    videoMuted: !media.camera.value,
    sharing: media.screen.value !== undefined,
    soundShared: media.screenSound.value !== undefined,
    background: background.isLoading.value ? "loading" : settings.background.value.type,
    noiseSuppression: settings.noiseSuppression.value,
    devices: devices.chosen.value,
    played: [...sounds.played],
    handRaised: state.handRaisedAt.value > 0,
    dialOut: call.activities.dial.isOffered,
    participants: [...state.occupants.value.values()].map(
      ({ id, name, isModerator, isPhone, callStatus, ...told }) => ({
        id,
        name,
        isModerator,
        isPhone,
        callStatus,
        audioMuted: ![...told.sources].some(([source, { muted }]) => isAudioSource(source) && !muted),
        videoMuted: ![...told.sources].some(
          ([source, { muted, videoType }]) => !isAudioSource(source) && videoType === "camera" && !muted,
        ),
        dominant: state.dominant.value === id,
        handRaised: told.handRaisedAt > 0,
        sources: [...told.sources].map(([source, { muted, videoType }]) => ({
          name: source,
          muted,
          videoType,
          hasTrack: state.remoteTracks.value.has(source),
          forwarded: state.forwarded.value?.has(source) ?? null,
        })),
      }),
    ),
    dominant: state.dominant.value ?? null,
    stage: view.stage.value?.key ?? null,
    large: view.large.value,
    inSight: view.inSight.value,
    pages: view.pages.value,
    wishes: Object.fromEntries(view.wishes.value),
    sparing: quality.isSparing.value,
    audioOnly: quality.isAudioOnly.value,
    bridgeChannel: state.bridgeChannelOpen.value ? "open" : "closed",
    ice: state.ice.value,
    session: call.link.session?.offer.sid ?? null,
    bridgeSession: call.link.session?.offer.bridgeSessionId ?? null,
    e2ee: { isOn: call.activities.e2ee.isOn.value, unreadable: [...call.activities.e2ee.unreadable.value] },
    unread: call.activities.chat.unread.value,
    unreadPolls: call.activities.polls.unread.value,
    polls: call.activities.polls.list.value.map(({ id, question, options }) => ({
      id,
      question,
      votes: options.map(({ voters }) => voters.size),
    })),
    reactions: call.activities.reactions.shown.value.map(({ kind, from }) => ({ kind, from })),
    hands: call.activities.hands.queue.value.map(({ id }) => id),
    recording: [...call.activities.recording.sessions.value.values()].map(
      ({ mode, status, placeInLine, layout, targets }) => ({ mode, status, placeInLine, layout, targets }),
    ),
    chat: call.activities.chat.lines.value.map(({ from, name, text }) => ({ from, name, text })),
  };
}

async function statsOf({ call }: App) {
  const session = call.link.session;
  if (!session) return { sources: [], sending: [], transport: null };
  const reports: Report[] = [...(await session.connection.getStats()).values()];
  const names = session.sourceNames();
  const ofType = (type: string) => reports.filter((report) => report.type === type);
  const nameOf = (report: Report) => names.get(String(report.mid)) ?? "";
  return {
    sources: ofType("inbound-rtp")
      .filter((report) => nameOf(report) && ownerOf(nameOf(report)) !== ownEndpoint(names))
      .map(
        (report): SourceStats => ({
          source: nameOf(report),
          endpoint: ownerOf(nameOf(report)),
          kind: report.kind === "audio" ? "audio" : "video",
          ssrc: Number(report.ssrc),
          packets: Number(report.packetsReceived ?? 0),
          framesDecoded: Number(report.framesDecoded ?? 0),
          width: Number(report.frameWidth ?? 0),
          height: Number(report.frameHeight ?? 0),
          audioLevel: Number(report.audioLevel ?? 0),
        }),
      ),
    sending: ofType("outbound-rtp").map((report) => ({
      source: nameOf(report),
      ssrc: Number(report.ssrc),
      active: report.active !== false,
      framesSent: Number(report.framesSent ?? 0),
      packets: Number(report.packetsSent ?? 0),
      width: Number(report.frameWidth ?? 0),
      height: Number(report.frameHeight ?? 0),
    })),
    transport: transportOf(reports),
  };
}

function ownEndpoint(names: ReadonlyMap<string, string>): string {
  return ownerOf(names.get("0") ?? "");
}

function transportOf(reports: readonly Report[]) {
  const transport = reports.find((report) => report.type === "transport");
  const pair =
    reports.find((report) => report.id === transport?.selectedCandidatePairId) ??
    reports.find((report) => report.type === "candidate-pair" && report.nominated === true);
  const candidate = (id: unknown) => reports.find((report) => report.id === id);
  const remote = candidate(pair?.remoteCandidateId);
  if (!pair || !remote) return null;
  return {
    protocol: String(remote.protocol ?? ""),
    remote: `${String(remote.address ?? "")}:${String(remote.port ?? "")}`,
    local: String(candidate(pair.localCandidateId)?.protocol ?? ""),
    roundTripTime: Number(pair.currentRoundTripTime ?? 0),
    dtls: String(transport?.dtlsState ?? ""),
    srtp: String(transport?.srtpCipher ?? ""),
  };
}
