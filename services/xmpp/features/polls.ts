import type { Clock } from "@veche/kit/clock.ts";
import type { LiveSettingsWatch } from "@veche/kit/live-settings.ts";
import { muc } from "@veche/proto/subjects.ts";
import { jsonMessageOf } from "../codec/jitsi-json-message.ts";
import { type PollCommand, readPollCommand, writeAnswer, writeNewPoll, writeOldPolls } from "../codec/jitsi-polls.ts";
import { badRequest, type StanzaError, stanzaError } from "../codec/rfc6120-stanza.ts";
import type { Element } from "../codec/xml/element.ts";
import { answerPoll, createPoll, type Poll, type PollRefusal, resultOf, type Vote } from "../domain/polls.ts";
import { Rates } from "../domain/rates.ts";
import type { Domains } from "../domains.ts";
import type { Limits } from "../limits.ts";
import { permits } from "../rooms/permissions.ts";
import type { RoomEvents } from "../rooms/room-events.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Keeper } from "../state/keeper.ts";
import type { OccupantOf, RoomOf, Session } from "../stream/session.ts";
import type { Feature } from "./feature.ts";
import { senderRoom } from "./sender-room.ts";

const notInside = stanzaError("modify", "not-acceptable", "only who is in a room may do this");
const mayNotAsk = stanzaError("cancel", "not-allowed", "you may not make polls here");
const tooBig = stanzaError("modify", "policy-violation", "the poll is too big");
const tooFast = stanzaError("wait", "resource-constraint", "too many polls and answers");

const refusals: Readonly<Record<PollRefusal, StanzaError>> = {
  exists: stanzaError("cancel", "conflict", "there is a poll of that id already"),
  unknown: stanzaError("cancel", "item-not-found", "there is no such poll"),
  answers: badRequest("a poll is answered with true or false for each option"),
  "too-many-polls": stanzaError("wait", "resource-constraint", "the room has as many polls as it may have"),
  "too-many-votes": stanzaError(
    "wait",
    "resource-constraint",
    "the polls of the room have as many answers as they may have",
  ),
};

type Given = {
  readonly settings: Pick<LiveSettingsWatch, "current">;
  readonly rooms: Rooms;
  readonly events: RoomEvents;
  readonly keeper: Keeper;
  readonly domains: Domains;
  readonly clock: Clock;
  readonly limits: Limits;
};

/** Questions to everybody in a room. Answers are open, may be changed and taken back. */
export function polls(given: Given): Feature {
  return new Polls(given).feature();
}

class Polls {
  readonly #given: Given;
  readonly #name = "polls";
  readonly #host: string;
  readonly #byRoom = new WeakMap<RoomOf, Map<string, Poll>>();
  readonly #perMember: Rates<OccupantOf>;
  readonly #perRoom: Rates<RoomOf>;

  constructor(given: Given) {
    this.#given = given;
    this.#host = given.domains.component("polls");
    this.#perMember = new Rates(given.limits.polls.commandsPerMember);
    this.#perRoom = new Rates(given.limits.polls.commandsPerRoom);
  }

  feature(): Feature {
    return {
      domainIdentities: [{ category: "component", type: "polls", name: this.#host }],
      hosts: {
        [this.#host]: { message: (session, _to, message) => this.#receive(session, message) },
      },
      rooms: {
        name: this.#name,
        entered: (room, occupant) => this.#tell(room, occupant),
        enteredAgain: (room, occupant) => this.#tell(room, occupant),
        destroying: (room) => this.#close(room),
        restored: (room, items) => this.#restore(room, items),
      },
    };
  }

  #receive(session: Session, message: Element): StanzaError | undefined {
    const { clock, limits } = this.#given;
    if (Buffer.byteLength(jsonMessageOf(message)?.getText() ?? "") > limits.messageBytes) return tooBig;
    const read = readPollCommand(message, limits.polls);
    if (!read.ok) return read.error;
    const inside = senderRoom(session);
    if (!inside) return notInside;
    const { room, occupant } = inside;
    const now = clock.now();
    if (!this.#perMember.take(occupant, now) || !this.#perRoom.take(room, now)) return tooFast;
    if (read.value.type === "new-poll") return this.#create(room, occupant, read.value);
    return this.#answer(room, occupant, read.value);
  }

  #create(room: RoomOf, sender: OccupantOf, command: Extract<PollCommand, { type: "new-poll" }>) {
    const { rooms, events, limits } = this.#given;
    if (!this.#given.settings.current.polls || !permits(sender, "create-polls")) return mayNotAsk;
    const { id, question, options } = command;
    const made = { id, sender: sender.nick, senderName: sender.facts.displayName, question, options };
    const decided = createPoll(this.#of(room), made, limits.polls);
    if (!decided.ok) return refusals[decided.reason];
    this.#keep(room, decided.poll);
    rooms.broadcast(room, writeNewPoll(this.#host, decided.poll));
    const poll = eventPoll(decided.poll);
    events.say(muc.pollCreated, room, (head) => ({ ...head, endpoint: sender.nick, poll }));
    return undefined;
  }

  #answer(room: RoomOf, voter: OccupantOf, { id, answers }: Extract<PollCommand, { type: "answer-poll" }>) {
    const { rooms, events, limits } = this.#given;
    const vote: Vote = { voter: voter.nick, name: voter.facts.displayName, answers };
    const decided = answerPoll(this.#of(room), id, vote, limits.polls);
    if (!decided.ok) return refusals[decided.reason];
    this.#keep(room, decided.poll);
    rooms.broadcast(room, writeAnswer(this.#host, decided.poll, vote));
    const poll = eventPoll(decided.poll);
    events.say(muc.pollAnswered, room, (head) => ({ ...head, endpoint: voter.nick, poll }));
    return undefined;
  }

  #tell(room: RoomOf, newcomer: OccupantOf): void {
    const old = writeOldPolls(this.#host, this.#of(room).values(), this.#given.limits.listCharacters);
    for (const message of old) newcomer.receiver.send(message);
  }

  #close(room: RoomOf): void {
    for (const poll of this.#of(room).values()) {
      this.#given.events.say(muc.pollClosed, room, (head) => ({ ...head, poll: eventPoll(poll) }));
    }
    this.#byRoom.delete(room);
  }

  #of(room: RoomOf): Map<string, Poll> {
    let all = this.#byRoom.get(room);
    if (!all) {
      all = new Map();
      this.#byRoom.set(room, all);
    }
    return all;
  }

  #keep(room: RoomOf, poll: Poll): void {
    const all = this.#of(room);
    all.set(poll.id, poll);
    const number = [...all.keys()].indexOf(poll.id);
    const kept: Kept = { ...poll, votes: [...poll.votes.values()] };
    this.#given.keeper.keepItem(room, this.#name, String(number), kept);
  }

  #restore(room: RoomOf, items: ReadonlyMap<string, unknown>): void {
    const all = this.#of(room);
    for (const [, kept] of [...items].sort(([a], [b]) => Number(a) - Number(b))) {
      const { votes, ...poll } = kept as Kept;
      all.set(poll.id, { ...poll, votes: new Map(votes.map((vote) => [vote.voter, vote])) });
    }
  }
}

type Kept = Omit<Poll, "votes"> & { readonly votes: readonly Vote[] };

/** Without anybody's name. */
function eventPoll(poll: Poll) {
  const { id, question, options, votes } = poll;
  return { poll: id, question, options: [...options], result: [...resultOf(poll)], voters: votes.size };
}
