import type { Bus } from "@veche/kit/bus.ts";
import type { Clock } from "@veche/kit/clock.ts";
import type { LiveSettingsWatch } from "@veche/kit/live-settings.ts";
import type { Log } from "@veche/kit/log.ts";
import type { Calls } from "../calls/calls.ts";
import type { Dialled } from "../calls/dialled.ts";
import type { Config } from "../config.ts";
import { SentMessages } from "../domain/sent-messages.ts";
import type { Domains } from "../domains.ts";
import type { Limits } from "../limits.ts";
import type { Breweries } from "../rooms/breweries.ts";
import type { RoomEvents } from "../rooms/room-events.ts";
import type { AllRoomHooks } from "../rooms/room-hooks.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Logins } from "../sasl/logins.ts";
import type { Passwords } from "../sasl/passwords.ts";
import type { Keeper } from "../state/keeper.ts";
import type { RoomOf } from "../stream/session.ts";
import type { Sessions } from "../stream/sessions.ts";
import type { TokenAuth } from "../tokens/token-auth.ts";
import { avModeration } from "./av-moderation.ts";
import { bans } from "./bans.ts";
import { breakoutRooms } from "./breakout-rooms.ts";
import { brewery } from "./brewery.ts";
import type { ClientIqs } from "./client-iqs.ts";
import { conferenceDuration } from "./conference-duration.ts";
import { conferenceRequest } from "./conference-request.ts";
import { discoItems } from "./disco-items.ts";
import { endConference } from "./end-conference.ts";
import { externalServices } from "./external-services.ts";
import type { Feature } from "./feature.ts";
import { fileSharing } from "./file-sharing.ts";
import { flipDevice } from "./flip-device.ts";
import { focusDialling } from "./focus-dialling.ts";
import { focusJingle } from "./focus-jingle.ts";
import { focusMute } from "./focus-mute.ts";
import { focusRecording } from "./focus-recording.ts";
import type { FocusRequests } from "./focus-requests.ts";
import { guests } from "./guests.ts";
import { identity } from "./identity.ts";
import type { JoinQueue } from "./join-queue.ts";
import { legacySession } from "./legacy-session.ts";
import { lobby } from "./lobby.ts";
import { lobbyAtOpening } from "./lobby-at-opening.ts";
import { logins } from "./logins.ts";
import { messageChat } from "./message-chat.ts";
import { messageJson } from "./message-json.ts";
import { messageReaction } from "./message-reaction.ts";
import { messageRetraction } from "./message-retraction.ts";
import { messageSubject } from "./message-subject.ts";
import { mucAdmin } from "./muc-admin.ts";
import { mucDisco } from "./muc-disco.ts";
import { mucInvite } from "./muc-invite.ts";
import { mucOwner } from "./muc-owner.ts";
import { passwordAttempts } from "./password-attempts.ts";
import { ping } from "./ping.ts";
import { polls } from "./polls.ts";
import { returningMembers } from "./returning-members.ts";
import { RoomMetadata } from "./room-metadata.ts";
import { speakerStats } from "./speaker-stats.ts";
import { tokenRoom } from "./token-room.ts";
import { visitors } from "./visitors.ts";

/** What features are made of. */
export type FeatureGiven = {
  readonly bus: Bus;
  readonly unit: string;
  readonly config: Config;
  readonly domains: Domains;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly settings: LiveSettingsWatch;
  readonly sessions: Sessions;
  readonly rooms: Rooms;
  readonly hooks: AllRoomHooks;
  readonly events: RoomEvents;
  readonly keeper: Keeper;
  readonly queue: JoinQueue;
  readonly focusRequests: FocusRequests;
  readonly clientIqs: ClientIqs;
  readonly tokens: TokenAuth;
  readonly logins: Logins;
  readonly breweries: Breweries;
  readonly calls: Calls;
  readonly dialled: Dialled;
  readonly passwords: Pick<Passwords, "verifyPlain">;
};

/** Everything the server can do, in the order in which rooms ask them. */
export function listFeatures(given: FeatureGiven): readonly Feature[] {
  const { domains, focusRequests } = given;
  const sent = new SentMessages<RoomOf>(given.limits.authorsPerRoom);
  const metadata = new RoomMetadata(given);
  return [
    ping(),
    legacySession(),
    externalServices(given),
    discoItems([domains.muc, domains.focus]),
    conferenceRequest(given),
    logins(given),
    tokenRoom(given),
    guests(given),
    lobbyAtOpening(given),
    identity(),
    focusJingle(focusRequests),
    focusMute(focusRequests),
    focusRecording(focusRequests),
    focusDialling(given),
    mucDisco(given.hooks),
    mucAdmin(given),
    mucOwner(given),
    metadata.feature(),
    lobby(given, metadata),
    bans(given),
    passwordAttempts(given),
    returningMembers(given),
    flipDevice(given.rooms),
    mucInvite(given),
    avModeration(given),
    endConference(given),
    visitors(domains),
    breakoutRooms(given),
    polls(given),
    speakerStats(given),
    conferenceDuration(given),
    fileSharing(given),
    brewery(given),
    given.calls.feature(),
    messageSubject(given),
    messageReaction(given),
    messageRetraction({ ...given, sent }),
    messageJson(given),
    messageChat({ ...given, sent }),
  ];
}
