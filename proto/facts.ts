/**
 * The public facts (proto/README.md): `conference.v1.<tenant>.<room>.<session>.<entity>.<fact>`, kept in the stream
 * CONFERENCE, and `service.v1.<role>.<instance>.<fact>`, kept in SERVICE.
 */
import { event } from "./contract.ts";
import * as C from "./gen/veche/conference/v1/conference_pb.ts";
import * as S from "./gen/veche/service/v1/service_pb.ts";

export const conference = {
  sessionStarted: event("conference.v1.{tenant}.{room}.{session}.session.started", C.SessionStartedSchema),
  sessionResumed: event("conference.v1.{tenant}.{room}.{session}.session.resumed", C.SessionResumedSchema),
  sessionUpdated: event("conference.v1.{tenant}.{room}.{session}.session.updated", C.SessionUpdatedSchema),
  sessionEnded: event("conference.v1.{tenant}.{room}.{session}.session.ended", C.SessionEndedSchema),
  participantJoined: event("conference.v1.{tenant}.{room}.{session}.participant.joined", C.ParticipantJoinedSchema),
  participantLeft: event("conference.v1.{tenant}.{room}.{session}.participant.left", C.ParticipantLeftSchema),
  participantInterrupted: event(
    "conference.v1.{tenant}.{room}.{session}.participant.interrupted",
    C.ParticipantInterruptedSchema,
  ),
  participantResumed: event("conference.v1.{tenant}.{room}.{session}.participant.resumed", C.ParticipantResumedSchema),
  participantConnectionFailed: event(
    "conference.v1.{tenant}.{room}.{session}.participant.connection-failed",
    C.ParticipantConnectionFailedSchema,
  ),
  participantRoleChanged: event(
    "conference.v1.{tenant}.{room}.{session}.participant.role-changed",
    C.ParticipantRoleChangedSchema,
  ),
  participantUpdated: event("conference.v1.{tenant}.{room}.{session}.participant.updated", C.ParticipantUpdatedSchema),
  participantHandRaised: event(
    "conference.v1.{tenant}.{room}.{session}.participant.hand-raised",
    C.ParticipantHandRaisedSchema,
  ),
  participantHandLowered: event(
    "conference.v1.{tenant}.{room}.{session}.participant.hand-lowered",
    C.ParticipantHandLoweredSchema,
  ),
  participantReacted: event("conference.v1.{tenant}.{room}.{session}.participant.reacted", C.ParticipantReactedSchema),
  participantLobbyEntered: event(
    "conference.v1.{tenant}.{room}.{session}.participant.lobby-entered",
    C.ParticipantLobbyEnteredSchema,
  ),
  participantLobbyLeft: event(
    "conference.v1.{tenant}.{room}.{session}.participant.lobby-left",
    C.ParticipantLobbyLeftSchema,
  ),
  participantAdmitted: event(
    "conference.v1.{tenant}.{room}.{session}.participant.admitted",
    C.ParticipantAdmittedSchema,
  ),
  participantRejected: event(
    "conference.v1.{tenant}.{room}.{session}.participant.rejected",
    C.ParticipantRejectedSchema,
  ),
  participantMoved: event("conference.v1.{tenant}.{room}.{session}.participant.moved", C.ParticipantMovedSchema),
  sourcePublished: event("conference.v1.{tenant}.{room}.{session}.source.published", C.SourcePublishedSchema),
  sourceUnpublished: event("conference.v1.{tenant}.{room}.{session}.source.unpublished", C.SourceUnpublishedSchema),
  sourceMuted: event("conference.v1.{tenant}.{room}.{session}.source.muted", C.SourceMutedSchema),
  sourceUnmuted: event("conference.v1.{tenant}.{room}.{session}.source.unmuted", C.SourceUnmutedSchema),
  sourceBlocked: event("conference.v1.{tenant}.{room}.{session}.source.blocked", C.SourceBlockedSchema),
  sourceUnblocked: event("conference.v1.{tenant}.{room}.{session}.source.unblocked", C.SourceUnblockedSchema),
  speakerChanged: event("conference.v1.{tenant}.{room}.{session}.speaker.changed", C.SpeakerChangedSchema),
  moderationKicked: event("conference.v1.{tenant}.{room}.{session}.moderation.kicked", C.ModerationKickedSchema),
  moderationEndedForAll: event(
    "conference.v1.{tenant}.{room}.{session}.moderation.ended-for-all",
    C.ModerationEndedForAllSchema,
  ),
  moderationMutedAll: event("conference.v1.{tenant}.{room}.{session}.moderation.muted-all", C.ModerationMutedAllSchema),
  moderationPolicyChanged: event(
    "conference.v1.{tenant}.{room}.{session}.moderation.policy-changed",
    C.ModerationPolicyChangedSchema,
  ),
  breakoutCreated: event("conference.v1.{tenant}.{room}.{session}.breakout.created", C.BreakoutCreatedSchema),
  breakoutAssigned: event("conference.v1.{tenant}.{room}.{session}.breakout.assigned", C.BreakoutAssignedSchema),
  breakoutClosed: event("conference.v1.{tenant}.{room}.{session}.breakout.closed", C.BreakoutClosedSchema),
  pollCreated: event("conference.v1.{tenant}.{room}.{session}.poll.created", C.PollCreatedSchema),
  pollAnswered: event("conference.v1.{tenant}.{room}.{session}.poll.answered", C.PollAnsweredSchema),
  pollClosed: event("conference.v1.{tenant}.{room}.{session}.poll.closed", C.PollClosedSchema),
  bridgeAssigned: event("conference.v1.{tenant}.{room}.{session}.bridge.assigned", C.BridgeAssignedSchema),
  bridgeMoved: event("conference.v1.{tenant}.{room}.{session}.bridge.moved", C.BridgeMovedSchema),
  bridgeRelayUp: event("conference.v1.{tenant}.{room}.{session}.bridge.relay-up", C.BridgeRelayUpSchema),
  bridgeRelayDown: event("conference.v1.{tenant}.{room}.{session}.bridge.relay-down", C.BridgeRelayDownSchema),
  recordingRequested: event("conference.v1.{tenant}.{room}.{session}.recording.requested", C.RecordingRequestedSchema),
  recordingQueued: event("conference.v1.{tenant}.{room}.{session}.recording.queued", C.RecordingQueuedSchema),
  recordingStarted: event("conference.v1.{tenant}.{room}.{session}.recording.started", C.RecordingStartedSchema),
  recordingWarned: event("conference.v1.{tenant}.{room}.{session}.recording.warned", C.RecordingWarnedSchema),
  recordingStopped: event("conference.v1.{tenant}.{room}.{session}.recording.stopped", C.RecordingStoppedSchema),
  recordingFailed: event("conference.v1.{tenant}.{room}.{session}.recording.failed", C.RecordingFailedSchema),
  streamRequested: event("conference.v1.{tenant}.{room}.{session}.stream.requested", C.StreamRequestedSchema),
  streamStarted: event("conference.v1.{tenant}.{room}.{session}.stream.started", C.StreamStartedSchema),
  streamRetrying: event("conference.v1.{tenant}.{room}.{session}.stream.retrying", C.StreamRetryingSchema),
  streamStopped: event("conference.v1.{tenant}.{room}.{session}.stream.stopped", C.StreamStoppedSchema),
  streamFailed: event("conference.v1.{tenant}.{room}.{session}.stream.failed", C.StreamFailedSchema),
} as const;

/** What recorders say themselves of recordings, also after the sitting has ended: each numbered within its recording. */
export const recording = {
  recordingSegmentStored: event(
    "conference.v1.{tenant}.{room}.{session}.recording.segment-stored",
    C.RecordingSegmentStoredSchema,
  ),
  recordingAvailable: event("conference.v1.{tenant}.{room}.{session}.recording.available", C.RecordingAvailableSchema),
  recordingDeleted: event("conference.v1.{tenant}.{room}.{session}.recording.deleted", C.RecordingDeletedSchema),
} as const;

/** What gateways say themselves of telephone calls: each numbered within its call. */
export const sip = {
  sipRegistered: event("conference.v1.{tenant}.{room}.{session}.sip.registered", C.SipRegisteredSchema),
  sipUnregistered: event("conference.v1.{tenant}.{room}.{session}.sip.unregistered", C.SipUnregisteredSchema),
  sipCallIncoming: event("conference.v1.{tenant}.{room}.{session}.sip.call-incoming", C.SipCallIncomingSchema),
  sipCallRinging: event("conference.v1.{tenant}.{room}.{session}.sip.call-ringing", C.SipCallRingingSchema),
  sipCallStarted: event("conference.v1.{tenant}.{room}.{session}.sip.call-started", C.SipCallStartedSchema),
  sipCallEnded: event("conference.v1.{tenant}.{room}.{session}.sip.call-ended", C.SipCallEndedSchema),
  sipDtmf: event("conference.v1.{tenant}.{room}.{session}.sip.dtmf", C.SipDtmfSchema),
} as const;

/** Texts of chats, apart from the facts: kept in the stream CHAT, and only while the operator wants it. */
export const chat = {
  publicMessage: event("chat.v1.{tenant}.{room}.{session}.public", C.ChatMessageSchema),
  privateMessage: event("chat.v1.{tenant}.{room}.{session}.private", C.ChatMessageSchema),
} as const;

export const service = {
  up: event("service.v1.{role}.{instance}.up", S.ServiceUpSchema),
  down: event("service.v1.{role}.{instance}.down", S.ServiceDownSchema),
  draining: event("service.v1.{role}.{instance}.draining", S.ServiceDrainingSchema),
  warned: event("service.v1.{role}.{instance}.warned", S.ServiceWarnedSchema),
  configChanged: event("service.v1.{role}.{instance}.config-changed", S.ServiceConfigChangedSchema),
  certificateRenewed: event("service.v1.{role}.{instance}.certificate-renewed", S.ServiceCertificateRenewedSchema),
  certificateExpiring: event("service.v1.{role}.{instance}.certificate-expiring", S.ServiceCertificateExpiringSchema),
} as const;
