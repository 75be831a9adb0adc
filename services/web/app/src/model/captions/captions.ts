import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import {
  type Caption,
  captionLanguageElement,
  readCaption,
  readTranscriptionStatus,
  wantCaptionsElement,
} from "../../protocol/conference/captions.ts";
import type { JsonMessage } from "../../protocol/conference/chat.ts";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import type { XmlElement } from "../../protocol/xml/element.ts";
import { bareOf, resourceOf } from "../../protocol/xmpp/stanza.ts";
import type { Activity, CallContext } from "../call/activity.ts";

/** How long words stay that are not added to. */
export const CAPTION_MS = 4000;
export const MAX_CAPTIONS = 3;
/** As which a transcription service speaks over the bridge channel. */
const BRIDGE_TRANSCRIBER = "transcriber";

type Context = Pick<CallContext, "config" | "state" | "room">;

/** What is being said, in writing: where a transcriber runs, and for whoever wants to read it. */
export class Captions implements Activity {
  readonly lines = signal<readonly Caption[]>([]);
  readonly isWanted = signal(false);
  /** Somebody listens and writes: everybody should know. */
  readonly isTranscribing: ReadonlySignal<boolean>;
  readonly isOffered: boolean;
  readonly #context: Context;
  readonly #transcribers = signal<ReadonlySet<string>>(new Set());
  readonly #hidden = new Set<string>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #language = "";

  constructor(context: Context) {
    this.#context = context;
    this.isOffered = context.config.transcription;
    this.isTranscribing = computed(() => this.#transcribers.value.size > 0);
  }

  /** `language` as the page speaks it: captions come in it where they can be translated. */
  want(isWanted: boolean, language: string): void {
    this.isWanted.value = isWanted;
    this.#language = language;
    const { state } = this.#context;
    state.setOwnPresence("captions", wantCaptionsElement(isWanted));
    state.setOwnPresence("caption-language", isWanted ? captionLanguageElement(language) : undefined);
    if (!isWanted) this.#clear();
  }

  presence(stanza: XmlElement, { id, isHidden }: Occupant): void {
    if (!isHidden) return;
    const isGone = stanza.attrs.type === "unavailable";
    if (isGone) this.#hidden.delete(id);
    else this.#hidden.add(id);
    const listens = !isGone && readTranscriptionStatus(stanza) === true;
    if (listens === this.#transcribers.value.has(id)) return;
    const others = [...this.#transcribers.value].filter((each) => each !== id);
    this.#transcribers.value = new Set(listens ? [...others, id] : others);
  }

  json(message: JsonMessage, from: string): void {
    // Anybody may send JSON to the room; what others are said to have said is believed of hidden members only.
    const isInRoom = bareOf(from) === this.#context.room()?.jid;
    if (isInRoom && this.#hidden.has(resourceOf(from))) this.#hear(message);
  }

  endpointMessage(from: string, payload: Readonly<Record<string, unknown>>): void {
    if (from === BRIDGE_TRANSCRIBER || this.#hidden.has(from)) this.#hear(payload);
  }

  left(): void {
    this.#hidden.clear();
    this.#transcribers.value = new Set();
    this.#clear();
  }

  #hear(json: Readonly<Record<string, unknown>>): void {
    const caption = this.isWanted.value ? readCaption(json) : undefined;
    if (!caption) return;
    // Words in our own language need no translation, and others' are shown translated where they are.
    const isOurs = caption.language.split("-", 1)[0] === this.#language;
    const known = this.lines.value.find(({ id }) => id === caption.id);
    if (!isOurs && known?.isTranslation === true && !caption.isTranslation) return;
    if (caption.isTranslation && !isOurs) return;
    const others = this.lines.value.filter(({ id }) => id !== caption.id);
    this.lines.value = [...others, caption].slice(-MAX_CAPTIONS);
    clearTimeout(this.#timers.get(caption.id));
    this.#timers.set(
      caption.id,
      setTimeout(() => this.#drop(caption.id), CAPTION_MS),
    );
  }

  #drop(id: string): void {
    this.#timers.delete(id);
    this.lines.value = this.lines.value.filter((each) => each.id !== id);
  }

  #clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.lines.value = [];
  }
}
