import { effect, signal, untracked } from "@preact/signals-core";
import type { JsonMessage } from "../../protocol/conference/chat.ts";
import { readSpeakerStats, weSpeak } from "../../protocol/conference/speaker-stats.ts";
import { isAnswered } from "../../protocol/conference/telephone.ts";
import { isComponent } from "../../protocol/xmpp/stanza.ts";
import type { BreakoutRooms } from "../breakout-rooms/breakout-rooms.ts";
import type { Activity, CallContext } from "../call/activity.ts";
import { attend, type Present, until, type Visitor } from "./attendance.ts";
import { nobodySpoke, serverTold, speakerChanged, spokenMs, type TalkTime } from "./talk-time.ts";

export interface Participation extends Visitor {
  readonly spokenMs: number;
}

/** Who has been there, for how long, and how much of it they spoke. */
export class SpeakerStats implements Activity {
  /** When this page came in; what was before it has not seen. 0 until then. */
  readonly since = signal(0);
  /** Changes with who is there and who speaks; times within run on. */
  readonly changes = signal(0);
  readonly #context: CallContext;
  readonly #now: () => number;
  #visitors: readonly Visitor[] = [];
  #talk: TalkTime = nobodySpoke;

  constructor(context: CallContext, groups: BreakoutRooms, now: () => number = Date.now) {
    this.#context = context;
    this.#now = now;
    const { state } = context;
    effect(() => {
      const { name } = state.phase.value;
      const present = name === "joined" ? everybody(context, groups) : [];
      untracked(() => this.#heardOf(present, name === "joined"));
    });
    effect(() => {
      const speaker = state.dominant.value;
      untracked(() => this.#speaks(speaker));
    });
  }

  /** As it is now. */
  list(): readonly Participation[] {
    const now = this.#now();
    return until(this.#visitors, now).map((visitor) => ({
      ...visitor,
      spokenMs: visitor.ids.reduce((sum, id) => sum + spokenMs(this.#talk, id, now), 0),
    }));
  }

  json(message: JsonMessage, from: string): void {
    const told = isComponent(from) ? readSpeakerStats(message) : undefined;
    if (!told) return;
    this.#talk = serverTold(
      this.#talk,
      told.map(({ id, ms }) => [id, ms] as const),
      this.#now(),
    );
    this.changes.value++;
  }

  #heardOf(present: readonly Present[], isInside: boolean): void {
    if (!isInside && this.since.value === 0) return;
    const now = this.#now();
    if (this.since.value === 0) this.since.value = now;
    this.#visitors = attend(this.#visitors, present, now);
    this.changes.value++;
  }

  #speaks(speaker: string | undefined): void {
    this.#talk = speakerChanged(this.#talk, speaker, this.#now());
    this.changes.value++;
    const { offers, connection, state } = this.#context;
    const component = offers.component("speakerstats");
    if (component && speaker !== undefined && speaker === state.selfId.value)
      connection.send(weSpeak(component, connection.newId(), state.roomJid.value));
  }
}

/** In the room we are in and, where the meeting has several, in all of them. */
function everybody({ state }: CallContext, groups: BreakoutRooms): readonly Present[] {
  // Of a meeting in one room the list is not kept up to date.
  const elsewhere = groups.groups.value.length > 0 ? groups.rooms.value.flatMap(({ people }) => people) : [];
  const here = [...state.occupants.value.values()].filter(({ callStatus }) => isAnswered(callStatus));
  const own = { id: state.selfId.value, name: state.name.value, isModerator: state.isModerator.value };
  const unseen = [...elsewhere, own].map((each) => ({ ...each, isPhone: false }));
  const all = [...unseen, ...here].map(({ id, name, isModerator, isPhone }) => ({ id, name, isModerator, isPhone }));
  return [...new Map(all.map((each) => [each.id, each])).values()];
}
