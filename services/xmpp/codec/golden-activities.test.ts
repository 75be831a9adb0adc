import type { ExternalService } from "../domain/external-services.ts";
import type { Poll, Vote } from "../domain/polls.ts";
import type { Speaker } from "../domain/speaker-stats.ts";
import { defaultLimits } from "../limits.ts";
import { testReaders, testWriters } from "../testing/golden.ts";
import { readBreakoutCommand, type ShownRoom, writeBreakoutUpdate, writeMoveToRoom } from "./jitsi-breakout-rooms.ts";
import { readJsonMessage } from "./jitsi-json-message.ts";
import { relayedContent, writeDisplayName, writeSettingsError } from "./jitsi-message.ts";
import { readPollCommand, writeAnswer, writeNewPoll, writeOldPolls } from "./jitsi-polls.ts";
import { readSpeakerReport, writeSpeakerStats } from "./jitsi-speaker-stats.ts";
import { ns } from "./namespaces.ts";
import type { Outgoing } from "./rfc6120-stanza.ts";
import { readCredentialsRequest, readServicesRequest, writeServices } from "./xep0215-external-services.ts";
import { readRetraction, retractionOf } from "./xep0424-retraction.ts";
import { reactionsOf, readReactions, writeReactions } from "./xep0444-reactions.ts";
import { el } from "./xml/element.ts";
import { serialise } from "./xml/serialise.ts";

const host = "component.meet.example";

testReaders({
  "jitsi-breakout-rooms": (element) => readBreakoutCommand(element, defaultLimits.breakouts.subjectLength),
  "jitsi-json-message": (element) => readJsonMessage(element),
  "jitsi-message": (element) => ({ ok: true, value: relayedContent(element) }),
  "jitsi-polls": (element) => readPollCommand(element, defaultLimits.polls),
  "jitsi-speaker-stats": (element) => readSpeakerReport(element),
  xep0215: (element) => (element.name === "services" ? readServicesRequest(element) : readCredentialsRequest(element)),
  xep0424: (element) => readRetraction(retractionOf(element) ?? el("none")),
  xep0444: (element) => readReactions(reactionsOf(element) ?? el("none")),
});

type KeptPoll = Omit<Poll, "votes"> & { readonly votes: readonly Vote[] };

const pollOf = ({ votes, ...poll }: KeptPoll): Poll => ({
  ...poll,
  votes: new Map(votes.map((vote) => [vote.voter, vote])),
});
const text = (stanza: Outgoing | undefined) => stanza?.to(address) ?? "";
const address = { text: "ann@meet.example/r", bytes: Buffer.from("ann@meet.example/r") };

testWriters({
  "breakout-update": ({ counter, rooms }: { counter: number; rooms: ShownRoom[] }) =>
    text(writeBreakoutUpdate(host, counter, rooms)),
  "breakout-move": ({ room }: { room: string }) => text(writeMoveToRoom(host, room)),
  "poll-new": (poll: KeptPoll) => text(writeNewPoll(host, pollOf(poll))),
  "poll-answer": ({ poll, vote }: { poll: KeptPoll; vote: Vote }) => text(writeAnswer(host, pollOf(poll), vote)),
  "poll-old": (polls: KeptPoll[]) => text(writeOldPolls(host, polls.map(pollOf), 10_000)[0]),
  "speaker-stats": ({ speakers, now }: { speakers: Speaker[]; now: number }) =>
    text(writeSpeakerStats(host, speakers, now, 10_000)[0]),
  "external-services": (services: ExternalService[]) => serialise(writeServices("services", ns.extdisco2, services)),
  reactions: (given: { id: string; emoji: string[] }) => serialise(writeReactions(given)),
  "display-name": ({ name }: { name: string }) => writeDisplayName(name),
  "settings-error": ({ text: why }: { text: string }) => writeSettingsError(why),
});
