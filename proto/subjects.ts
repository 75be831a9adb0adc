/**
 * Every subject between the roles. `evt.<owner>.{id}.<past-fact>` is said by its owner; `rpc.<owner>.{id}.<verb>` is
 * served by the one instance that owns the id. Who may say, serve, call and hear each is in roles.ts.
 */
import { event, request } from "./contract.ts";
import * as B from "./gen/veche/bridge/v1/bridge_pb.ts";
import * as F from "./gen/veche/focus/v1/focus_pb.ts";
import * as G from "./gen/veche/gateway/v1/gateway_pb.ts";
import * as I from "./gen/veche/instance/v1/instance_pb.ts";
import * as W from "./gen/veche/webhooks/v1/webhooks_pb.ts";
import * as X from "./gen/veche/xmpp/v1/xmpp_pb.ts";

/** The XMPP server's facts. `unit` is the signalling unit, `room` the room id. */
export const muc = {
  occupantJoined: event("evt.muc.{unit}.{room}.occupant-joined", X.OccupantJoinedSchema),
  occupantUpdated: event("evt.muc.{unit}.{room}.occupant-updated", X.OccupantUpdatedSchema),
  occupantInterrupted: event("evt.muc.{unit}.{room}.occupant-interrupted", X.OccupantInterruptedSchema),
  occupantResumed: event("evt.muc.{unit}.{room}.occupant-resumed", X.OccupantResumedSchema),
  occupantLeft: event("evt.muc.{unit}.{room}.occupant-left", X.OccupantLeftSchema),
  roomUpdated: event("evt.muc.{unit}.{room}.room-updated", X.RoomUpdatedSchema),
  roomDestroyed: event("evt.muc.{unit}.{room}.room-destroyed", X.RoomDestroyedSchema),
  messageSent: event("evt.muc.{unit}.{room}.message-sent", X.MessageSentSchema),
  lobbyEntered: event("evt.muc.{unit}.{room}.lobby-entered", X.LobbyEnteredSchema),
  lobbyLeft: event("evt.muc.{unit}.{room}.lobby-left", X.LobbyLeftSchema),
  pollCreated: event("evt.muc.{unit}.{room}.poll-created", X.PollCreatedSchema),
  pollAnswered: event("evt.muc.{unit}.{room}.poll-answered", X.PollAnsweredSchema),
  pollClosed: event("evt.muc.{unit}.{room}.poll-closed", X.PollClosedSchema),
  breakoutsCreated: event("evt.muc.{unit}.{room}.breakouts-created", X.BreakoutsCreatedSchema),
  breakoutAssigned: event("evt.muc.{unit}.{room}.breakout-assigned", X.BreakoutAssignedSchema),
  breakoutsClosed: event("evt.muc.{unit}.{room}.breakouts-closed", X.BreakoutsClosedSchema),
  serverUp: event("evt.xmpp.{unit}.server-up", X.ServerUpSchema),
} as const;

/** What the XMPP server does for the focus: rooms, and Jingle towards occupants. */
export const xmpp = {
  snapshot: request("rpc.xmpp.{unit}.snapshot", X.ServerSnapshotRequestSchema, X.ServerSnapshotResponseSchema),
  openRoom: request("rpc.xmpp.{unit}.open-room", X.OpenRoomRequestSchema, X.OpenRoomResponseSchema),
  setFocusPresence: request(
    "rpc.xmpp.{unit}.set-focus-presence",
    X.SetFocusPresenceRequestSchema,
    X.SetFocusPresenceResponseSchema,
  ),
  closeRoom: request("rpc.xmpp.{unit}.close-room", X.CloseRoomRequestSchema, X.CloseRoomResponseSchema),
  setAffiliation: request(
    "rpc.xmpp.{unit}.set-affiliation",
    X.SetAffiliationRequestSchema,
    X.SetAffiliationResponseSchema,
  ),
  kickOccupant: request("rpc.xmpp.{unit}.kick-occupant", X.KickOccupantRequestSchema, X.KickOccupantResponseSchema),
  initiateSession: request(
    "rpc.xmpp.{unit}.initiate-session",
    X.InitiateSessionRequestSchema,
    X.InitiateSessionResponseSchema,
  ),
  announceSources: request(
    "rpc.xmpp.{unit}.announce-sources",
    X.AnnounceSourcesRequestSchema,
    X.AnnounceSourcesResponseSchema,
  ),
  withdrawSources: request(
    "rpc.xmpp.{unit}.withdraw-sources",
    X.WithdrawSourcesRequestSchema,
    X.WithdrawSourcesResponseSchema,
  ),
  endSession: request("rpc.xmpp.{unit}.end-session", X.EndSessionRequestSchema, X.EndSessionResponseSchema),
  replaceTransport: request(
    "rpc.xmpp.{unit}.replace-transport",
    X.ReplaceTransportRequestSchema,
    X.ReplaceTransportResponseSchema,
  ),
  askToMute: request("rpc.xmpp.{unit}.ask-to-mute", X.AskToMuteRequestSchema, X.AskToMuteResponseSchema),
  identify: request("rpc.xmpp.{unit}.identify", X.IdentifyRequestSchema, X.IdentifyResponseSchema),
} as const;

/** What the XMPP server does for a gateway, and tells it: calls are occupants of its own. */
export const calls = {
  enterRoom: request("rpc.xmpp.{unit}.enter-room", X.EnterRoomRequestSchema, X.EnterRoomResponseSchema),
  updateCall: request("rpc.xmpp.{unit}.update-call", X.UpdateCallRequestSchema, X.UpdateCallResponseSchema),
  leaveRoom: request("rpc.xmpp.{unit}.leave-room", X.LeaveRoomRequestSchema, X.LeaveRoomResponseSchema),
  occupantChanged: event("evt.call.{gateway}.occupant-changed", X.CallOccupantSchema),
} as const;

/**
 * What is asked of a gateway. The XMPP server passes on what the focus tells an occupant that is a call; the gateway
 * answers with the requests of a client (accept-session, terminate-session, request-mute).
 */
export const gateway = {
  dial: request("rpc.gateway.{gateway}.dial", G.DialRequestSchema, G.DialResponseSchema),
  hangUp: request("rpc.gateway.{gateway}.hang-up", G.HangUpRequestSchema, G.HangUpResponseSchema),
  initiateSession: request(
    "rpc.gateway.{gateway}.initiate-session",
    X.InitiateSessionRequestSchema,
    X.InitiateSessionResponseSchema,
  ),
  announceSources: request(
    "rpc.gateway.{gateway}.announce-sources",
    X.AnnounceSourcesRequestSchema,
    X.AnnounceSourcesResponseSchema,
  ),
  withdrawSources: request(
    "rpc.gateway.{gateway}.withdraw-sources",
    X.WithdrawSourcesRequestSchema,
    X.WithdrawSourcesResponseSchema,
  ),
  endSession: request("rpc.gateway.{gateway}.end-session", X.EndSessionRequestSchema, X.EndSessionResponseSchema),
  askToMute: request("rpc.gateway.{gateway}.ask-to-mute", X.AskToMuteRequestSchema, X.AskToMuteResponseSchema),
  heartbeat: event("evt.gateway.{gateway}.heartbeat", G.GatewayHeartbeatSchema),
} as const;

/** What clients ask of the focus. */
export const focus = {
  requestConference: request(
    "rpc.focus.{unit}.request-conference",
    F.RequestConferenceRequestSchema,
    F.RequestConferenceResponseSchema,
  ),
  acceptSession: request(
    "rpc.focus.{unit}.accept-session",
    F.AcceptSessionRequestSchema,
    F.AcceptSessionResponseSchema,
  ),
  addSources: request("rpc.focus.{unit}.add-sources", F.AddSourcesRequestSchema, F.AddSourcesResponseSchema),
  removeSources: request(
    "rpc.focus.{unit}.remove-sources",
    F.RemoveSourcesRequestSchema,
    F.RemoveSourcesResponseSchema,
  ),
  terminateSession: request(
    "rpc.focus.{unit}.terminate-session",
    F.TerminateSessionRequestSchema,
    F.TerminateSessionResponseSchema,
  ),
  restartIce: request("rpc.focus.{unit}.restart-ice", F.RestartIceRequestSchema, F.RestartIceResponseSchema),
  updateTransport: request(
    "rpc.focus.{unit}.update-transport",
    F.UpdateTransportRequestSchema,
    F.UpdateTransportResponseSchema,
  ),
  requestMute: request("rpc.focus.{unit}.request-mute", F.RequestMuteRequestSchema, F.RequestMuteResponseSchema),
  controlRecording: request(
    "rpc.focus.{unit}.control-recording",
    F.ControlRecordingRequestSchema,
    F.ControlRecordingResponseSchema,
  ),
  dialOut: request("rpc.focus.{unit}.dial-out", F.DialOutRequestSchema, F.DialOutResponseSchema),
  focusUp: event("evt.focus.{unit}.focus-up", F.FocusUpSchema),
} as const;

/** What the focus asks of a bridge, and what a bridge says. */
export const bridge = {
  createEndpoint: request(
    "rpc.bridge.{bridge}.create-endpoint",
    B.CreateEndpointRequestSchema,
    B.CreateEndpointResponseSchema,
  ),
  connectEndpoint: request(
    "rpc.bridge.{bridge}.connect-endpoint",
    B.ConnectEndpointRequestSchema,
    B.ConnectEndpointResponseSchema,
  ),
  addSources: request("rpc.bridge.{bridge}.add-sources", B.AddSourcesRequestSchema, B.AddSourcesResponseSchema),
  removeSources: request(
    "rpc.bridge.{bridge}.remove-sources",
    B.RemoveSourcesRequestSchema,
    B.RemoveSourcesResponseSchema,
  ),
  resumeSources: request(
    "rpc.bridge.{bridge}.resume-sources",
    B.ResumeSourcesRequestSchema,
    B.ResumeSourcesResponseSchema,
  ),
  restartIce: request("rpc.bridge.{bridge}.restart-ice", B.RestartIceRequestSchema, B.RestartIceResponseSchema),
  setForceMute: request(
    "rpc.bridge.{bridge}.set-force-mute",
    B.SetForceMuteRequestSchema,
    B.SetForceMuteResponseSchema,
  ),
  expireEndpoint: request(
    "rpc.bridge.{bridge}.expire-endpoint",
    B.ExpireEndpointRequestSchema,
    B.ExpireEndpointResponseSchema,
  ),
  expireConference: request(
    "rpc.bridge.{bridge}.expire-conference",
    B.ExpireConferenceRequestSchema,
    B.ExpireConferenceResponseSchema,
  ),
  addRemoteSources: request(
    "rpc.bridge.{bridge}.add-remote-sources",
    B.AddRemoteSourcesRequestSchema,
    B.AddRemoteSourcesResponseSchema,
  ),
  removeRemoteSources: request(
    "rpc.bridge.{bridge}.remove-remote-sources",
    B.RemoveRemoteSourcesRequestSchema,
    B.RemoveRemoteSourcesResponseSchema,
  ),
  dropRelay: request("rpc.bridge.{bridge}.drop-relay", B.DropRelayRequestSchema, B.DropRelayResponseSchema),
  snapshot: request("rpc.bridge.{bridge}.snapshot", B.BridgeSnapshotRequestSchema, B.BridgeSnapshotResponseSchema),
  heartbeat: event("evt.bridge.{bridge}.heartbeat", B.BridgeHeartbeatSchema),
  down: event("evt.bridge.{bridge}.down", B.BridgeDownSchema),
  endpointConnected: event("evt.bridge.{bridge}.endpoint-connected", B.EndpointConnectedSchema),
  endpointDisconnected: event("evt.bridge.{bridge}.endpoint-disconnected", B.EndpointDisconnectedSchema),
  endpointsLost: event("evt.bridge.{bridge}.endpoints-lost", B.EndpointsLostSchema),
  dominantSpeakerChanged: event("evt.bridge.{bridge}.dominant-speaker-changed", B.DominantSpeakerChangedSchema),
  endpointReacted: event("evt.bridge.{bridge}.endpoint-reacted", B.EndpointReactedSchema),
} as const;

/** What each process answers about itself, to the operator alone. `instance` is of one start of the process. */
export const instance = {
  metrics: request("rpc.instance.{role}.{instance}.metrics", I.MetricsRequestSchema, I.MetricsResponseSchema),
  examine: request("rpc.instance.{role}.{instance}.examine", I.ExamineRequestSchema, I.ExamineResponseSchema),
  /** Of the role focus alone. */
  rooms: request("rpc.instance.{role}.{instance}.rooms", F.ListRoomsRequestSchema, F.ListRoomsResponseSchema),
  reach: request("rpc.instance.{role}.{instance}.reach", I.ReachRequestSchema, I.ReachResponseSchema),
  openMediaCheck: request(
    "rpc.instance.videobridge.{instance}.open-media-check",
    I.OpenMediaCheckRequestSchema,
    I.OpenMediaCheckResponseSchema,
  ),
} as const;

/** What bridges of one conference say and ask among themselves; `bridge` is who is told or asked. */
export const relay = {
  relaySources: request("rpc.relay.{bridge}.relay-sources", B.RelaySourcesRequestSchema, B.RelaySourcesResponseSchema),
  state: event("evt.relay.{bridge}.state", B.RelayStateSchema),
  message: event("evt.relay.{bridge}.message", B.RelayMessageSchema),
} as const;

/** What the operator's command asks of the webhook deliverer; any process of it answers. */
export const webhooks = {
  addEndpoint: request("rpc.webhooks.add-endpoint", W.AddEndpointRequestSchema, W.AddEndpointResponseSchema),
  listEndpoints: request("rpc.webhooks.list-endpoints", W.ListEndpointsRequestSchema, W.ListEndpointsResponseSchema),
  removeEndpoint: request(
    "rpc.webhooks.remove-endpoint",
    W.RemoveEndpointRequestSchema,
    W.RemoveEndpointResponseSchema,
  ),
  enableEndpoint: request(
    "rpc.webhooks.enable-endpoint",
    W.EnableEndpointRequestSchema,
    W.EnableEndpointResponseSchema,
  ),
  rotateSecret: request("rpc.webhooks.rotate-secret", W.RotateSecretRequestSchema, W.RotateSecretResponseSchema),
  redeliver: request("rpc.webhooks.redeliver", W.RedeliverRequestSchema, W.RedeliverResponseSchema),
  testEndpoint: request("rpc.webhooks.test-endpoint", W.TestEndpointRequestSchema, W.TestEndpointResponseSchema),
} as const;
