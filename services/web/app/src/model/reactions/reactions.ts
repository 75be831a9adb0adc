import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import {
  type ReactionKind,
  reactionsPayload,
  readReactions,
  readSoundsMuted,
  soundsMutedElement,
} from "../../protocol/conference/reactions.ts";
import type { XmlElement } from "../../protocol/xml/element.ts";
import type { Activity, CallContext } from "../call/activity.ts";

/** Presses within this time go out as one message, as Jitsi's clients do. */
export const GATHER_MS = 500;
/** Whoever hammers on a key is taken at their word once. */
export const MAX_GATHERED = 5;
/** How long one is on the page. */
export const SHOWN_MS = 4000;
/** A class that claps is a picture, not a snowstorm. */
export const MAX_SHOWN = 40;
/** Of one sender so many messages count in this time. */
export const MAX_PER_SENDER = 6;
export const SENDER_WINDOW_MS = 3000;

export interface ShownReaction {
  readonly key: number;
  readonly kind: ReactionKind;
  readonly from: string;
  readonly name: string;
  readonly isOwn: boolean;
}

type Context = Pick<CallContext, "state" | "link" | "config">;

/** Emoji over the pictures: everybody sends some, everybody sees them for a moment. */
export class Reactions implements Activity {
  readonly isEnabled: boolean;
  readonly shown = signal<readonly ShownReaction[]>([]);
  /** The latest, for whoever makes a sound of it or reads it out. */
  readonly latest = signal<ShownReaction | undefined>(undefined);
  /** A moderator wants them without sounds. */
  readonly soundsMuted: ReadonlySignal<boolean>;
  readonly #context: Context;
  readonly #mutedBy = signal<ReadonlySet<string>>(new Set());
  readonly #isMutedByUs = signal(false);
  readonly #heard = new Map<string, number[]>();
  #gathered: ReactionKind[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #nextKey = 1;

  constructor(context: Context) {
    this.#context = context;
    const { isModerator, occupants } = context.state;
    this.isEnabled = !context.config.disableReactions;
    this.soundsMuted = computed(() => {
      if (this.#isMutedByUs.value && isModerator.value) return true;
      return [...this.#mutedBy.value].some((id) => occupants.value.get(id)?.isModerator === true);
    });
  }

  send(kind: ReactionKind): void {
    if (!this.isEnabled || this.#gathered.length >= MAX_GATHERED) return;
    this.#gathered.push(kind);
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
    const { selfId, name } = this.#context.state;
    this.#show({ kind, from: selfId.value, name: name.value, isOwn: true });
  }

  /** For everybody; each moderator may say so, and take back what they said. */
  setSoundsMuted(isMuted: boolean): void {
    this.#isMutedByUs.value = isMuted;
    this.#context.state.setOwnPresence("mute-reactions", soundsMutedElement(isMuted));
  }

  endpointMessage(from: string, payload: Readonly<Record<string, unknown>>): void {
    const kinds = readReactions(payload);
    const sender = this.#context.state.occupants.value.get(from);
    if (!kinds || !sender || !this.isEnabled || !this.#maySay(from, Date.now())) return;
    for (const kind of kinds) this.#show({ kind, from, name: sender.name, isOwn: false });
  }

  presence(stanza: XmlElement, { id }: Occupant): void {
    if (id === this.#context.state.selfId.value) return;
    const isMuted = stanza.attrs.type === "unavailable" ? false : readSoundsMuted(stanza);
    if (isMuted === undefined || isMuted === this.#mutedBy.value.has(id)) return;
    const others = [...this.#mutedBy.value].filter((each) => each !== id);
    this.#mutedBy.value = new Set(isMuted ? [...others, id] : others);
  }

  left(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#gathered = [];
    this.#heard.clear();
    this.#mutedBy.value = new Set();
  }

  #flush(): void {
    this.#timer = undefined;
    const gathered = this.#gathered.splice(0);
    const { state, link } = this.#context;
    if (state.occupants.value.size > 0) link.sendToEndpoint("", reactionsPayload(gathered, Date.now()));
  }

  #show(reaction: Omit<ShownReaction, "key">): void {
    const shown = { ...reaction, key: this.#nextKey++ };
    this.latest.value = shown;
    this.shown.value = [...this.shown.value, shown].slice(-MAX_SHOWN);
    setTimeout(() => {
      this.shown.value = this.shown.value.filter(({ key }) => key !== shown.key);
    }, SHOWN_MS);
  }

  #maySay(from: string, now: number): boolean {
    const recent = (this.#heard.get(from) ?? []).filter((at) => now - at < SENDER_WINDOW_MS);
    if (recent.length >= MAX_PER_SENDER) return false;
    this.#heard.set(from, [...recent, now]);
    return true;
  }
}
