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
  sourcePublished: event("conference.v1.{tenant}.{room}.{session}.source.published", C.SourcePublishedSchema),
  sourceUnpublished: event("conference.v1.{tenant}.{room}.{session}.source.unpublished", C.SourceUnpublishedSchema),
  sourceMuted: event("conference.v1.{tenant}.{room}.{session}.source.muted", C.SourceMutedSchema),
  sourceUnmuted: event("conference.v1.{tenant}.{room}.{session}.source.unmuted", C.SourceUnmutedSchema),
  speakerChanged: event("conference.v1.{tenant}.{room}.{session}.speaker.changed", C.SpeakerChangedSchema),
  moderationKicked: event("conference.v1.{tenant}.{room}.{session}.moderation.kicked", C.ModerationKickedSchema),
  moderationEndedForAll: event(
    "conference.v1.{tenant}.{room}.{session}.moderation.ended-for-all",
    C.ModerationEndedForAllSchema,
  ),
  bridgeAssigned: event("conference.v1.{tenant}.{room}.{session}.bridge.assigned", C.BridgeAssignedSchema),
  bridgeMoved: event("conference.v1.{tenant}.{room}.{session}.bridge.moved", C.BridgeMovedSchema),
} as const;

export const service = {
  up: event("service.v1.{role}.{instance}.up", S.ServiceUpSchema),
  down: event("service.v1.{role}.{instance}.down", S.ServiceDownSchema),
  draining: event("service.v1.{role}.{instance}.draining", S.ServiceDrainingSchema),
} as const;
