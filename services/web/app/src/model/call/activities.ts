import { AvModeration } from "../av-moderation/av-moderation.ts";
import { BreakoutRooms } from "../breakout-rooms/breakout-rooms.ts";
import { Captions } from "../captions/captions.ts";
import { Chat } from "../chat/chat.ts";
import { Dial } from "../dial/dial.ts";
import { DialIn } from "../dial/dial-in.ts";
import { E2ee } from "../e2ee/e2ee.ts";
import { Overheard } from "../embedding/overheard.ts";
import { FollowMe } from "../follow-me/follow-me.ts";
import { Hands } from "../hands/hands.ts";
import { Lines } from "../line/line.ts";
import { LobbyNews } from "../lobby-news/lobby-news.ts";
import { Polls } from "../polls/polls.ts";
import { Reactions } from "../reactions/reactions.ts";
import { Recording } from "../recording/recording.ts";
import { RoomRules } from "../room-rules/room-rules.ts";
import { SpeakerStats } from "../speaker-stats/speaker-stats.ts";
import type { Activity, CallContext } from "./activity.ts";
import { MeetingClock } from "./meeting-clock.ts";
import { Permissions } from "./permissions.ts";
import { ServerErrors } from "./server-errors.ts";

/** Everything that happens in a meeting beside membership and media, one line each. */
export function makeActivities(context: CallContext) {
  const permissions = new Permissions(context);
  const breakoutRooms = new BreakoutRooms(context);
  const e2ee = new E2ee(context);
  const isSealed = () => e2ee.isOn.value || e2ee.encrypting.value.length > 0;
  return {
    permissions,
    avModeration: new AvModeration(context),
    breakoutRooms,
    chat: new Chat(context, permissions),
    polls: new Polls(context, permissions),
    reactions: new Reactions(context),
    recording: new Recording(context, permissions, isSealed),
    dial: new Dial(context, permissions, isSealed),
    dialIn: new DialIn(context),
    captions: new Captions(context),
    serverErrors: new ServerErrors(context),
    e2ee,
    followMe: new FollowMe(context),
    hands: new Hands(context),
    lobbyNews: new LobbyNews(context),
    lines: new Lines(context),
    meetingClock: new MeetingClock(context),
    overheard: new Overheard(context),
    roomRules: new RoomRules(context),
    speakerStats: new SpeakerStats(context, breakoutRooms),
  } satisfies Readonly<Record<string, Activity>>;
}

export type Activities = ReturnType<typeof makeActivities>;
