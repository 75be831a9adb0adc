import { computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals-core";
import type { TextKey } from "../../i18n/text-key.ts";
import {
  type Allowed,
  allowMedia,
  disallowMedia,
  MODERATED_MEDIA,
  type ModeratedMedia,
  readAvModeration,
  switchModeration,
} from "../../protocol/conference/av-moderation.ts";
import type { JsonMessage } from "../../protocol/conference/chat.ts";
import { isComponent } from "../../protocol/xmpp/stanza.ts";
import type { Activity, CallContext } from "../call/activity.ts";
import { whoAsks } from "./who-asks.ts";

const NOBODY: Allowed = { audio: new Set(), video: new Set(), desktop: new Set() };

interface Wording {
  readonly muted: TextKey;
  readonly blocked: TextKey;
  readonly asked: TextKey;
  readonly turnOn: TextKey;
}

const WORDS: Readonly<Record<ModeratedMedia, Wording>> = {
  audio: {
    muted: "notify.mutedRemotelyTitle",
    blocked: "notify.moderationInEffectTitle",
    asked: "notify.hostAskedUnmute",
    turnOn: "notify.unmute",
  },
  video: {
    muted: "notify.videoMutedRemotelyTitle",
    blocked: "notify.moderationInEffectVideoTitle",
    asked: "notify.hostAskedVideo",
    turnOn: "notify.unmuteVideo",
  },
  desktop: {
    muted: "notify.desktopMutedRemotelyTitle",
    blocked: "notify.moderationInEffectCSTitle",
    asked: "notify.hostAskedDesktop",
    turnOn: "notify.shareScreen",
  },
};

/** Microphone, camera and screen only with a moderator's leave: what is moderated, who may, and who asks. */
export class AvModeration implements Activity {
  readonly moderated = signal<ReadonlySet<ModeratedMedia>>(new Set());
  /** Who has leave; known to moderators. */
  readonly allowed = signal<Allowed>(NOBODY);
  /** What we ourselves may not switch on. */
  readonly blocked: ReadonlySignal<ReadonlySet<ModeratedMedia>>;
  readonly #leave = signal<ReadonlySet<ModeratedMedia>>(new Set());
  readonly #context: CallContext;
  readonly #asking = new Map<string, number>();
  /** What was said of our own devices, and holds no longer where nothing is moderated. */
  readonly #said = new Map<ModeratedMedia, number>();

  constructor(context: CallContext) {
    this.#context = context;
    const { state, media } = context;
    this.blocked = computed(() =>
      state.isModerator.value
        ? new Set()
        : new Set([...this.moderated.value].filter((it) => !this.#leave.value.has(it))),
    );
    media.mayTurnOn = (what) => this.#mayTurnOn(what);
    effect(() => {
      if (state.phase.value.name !== "joined") return;
      const blocked = this.blocked.value;
      untracked(() => {
        for (const what of blocked) this.#turnOff(what);
      });
    });
    effect(() => {
      const asking = state.isModerator.value
        ? whoAsks(state.occupants.value.values(), this.moderated.value, this.allowed.value)
        : [];
      untracked(() => this.#announceAsking(new Map(asking.map(({ id, name }) => [id, name]))));
    });
  }

  /** The server knows moderation at all. */
  get isOffered(): boolean {
    return this.#component !== undefined;
  }

  moderate(media: ModeratedMedia, isOn: boolean): void {
    this.#say((component, id) => switchModeration(component, id, media, isOn));
  }

  /** Where nothing is moderated this asks them to switch it on. */
  allow(id: string, media: ModeratedMedia): void {
    this.#say((component, stanzaId, room) => allowMedia(component, stanzaId, media, `${room}/${id}`));
  }

  disallow(id: string, media: ModeratedMedia): void {
    this.#say((component, stanzaId, room) => disallowMedia(component, stanzaId, media, `${room}/${id}`));
  }

  /** The focus passes on what a moderator wants. */
  obeyMute(media: ModeratedMedia, by: string): void {
    const { notices, occupants } = this.#context.state;
    this.#turnOff(media);
    // Who is blocked is told more than that.
    if (this.blocked.value.has(media)) return;
    const name = occupants.value.get(by)?.name ?? "";
    notices.show(WORDS[media].muted, { values: { name }, group: groupOf(media) });
  }

  left(): void {
    for (const media of MODERATED_MEDIA) this.#unsay(media);
    this.moderated.value = new Set();
    this.#leave.value = new Set();
    this.allowed.value = NOBODY;
  }

  json(message: JsonMessage, from: string): void {
    const news = isComponent(from) ? readAvModeration(message) : undefined;
    if (!news) return;
    if (news.type === "lists") this.allowed.value = news.allowed;
    else if (news.type === "switched") this.#switched(news.media, news.isOn);
    else this.#decided(news.media, news.isAllowed);
  }

  get #component(): string | undefined {
    return this.#context.offers.component("av_moderation");
  }

  #say(write: (component: string, id: string, room: string) => Parameters<CallContext["connection"]["send"]>[0]): void {
    const { connection, state } = this.#context;
    const component = this.#component;
    if (component) connection.send(write(component, connection.newId(), state.roomJid.value));
    else state.notices.show("notify.actionFailed", { kind: "error" });
  }

  #switched(media: ModeratedMedia, isOn: boolean): void {
    if (this.moderated.value.has(media) === isOn) return;
    if (!isOn) this.#unsay(media);
    this.moderated.value = toggled(this.moderated.value, media, isOn);
    this.#leave.value = toggled(this.#leave.value, media, false);
    this.allowed.value = { ...this.allowed.value, [media]: new Set<string>() };
    const { notices, isModerator } = this.#context.state;
    if (this.blocked.value.has(media)) this.#explain(media);
    else if (isModerator.value || !isOn)
      notices.show(isOn ? "notify.moderationStartedTitle" : "notify.moderationStoppedTitle", { group: "moderation" });
  }

  #decided(media: ModeratedMedia, isAllowed: boolean): void {
    if (this.moderated.value.has(media)) this.#leave.value = toggled(this.#leave.value, media, isAllowed);
    if (!isAllowed) {
      if (this.blocked.value.has(media)) this.#explain(media);
      return;
    }
    if (this.#isOn(media)) return;
    const { notices } = this.#context.state;
    const actions = [{ label: WORDS[media].turnOn, act: () => this.#turnOn(media) }];
    this.#said.set(media, notices.show(WORDS[media].asked, { actions, stays: true, group: groupOf(media) }));
  }

  #mayTurnOn(media: ModeratedMedia): boolean {
    if (!this.blocked.peek().has(media) || this.#context.state.phase.peek().name !== "joined") return true;
    this.#explain(media);
    return false;
  }

  #explain(media: ModeratedMedia): void {
    const { notices, handRaisedAt } = this.#context.state;
    const raise = () => {
      if (!handRaisedAt.value) handRaisedAt.value = Date.now();
    };
    const actions = handRaisedAt.peek() ? [] : [{ label: "notify.raiseHandAction" as const, act: raise }];
    this.#said.set(media, notices.show(WORDS[media].blocked, { kind: "warning", actions, group: groupOf(media) }));
  }

  #unsay(media: ModeratedMedia): void {
    const notice = this.#said.get(media);
    if (notice !== undefined) this.#context.state.notices.dismiss(notice);
    this.#said.delete(media);
  }

  /** Moderators have to see at once who waits for leave, and to give it from where they look. */
  #announceAsking(asking: ReadonlyMap<string, string>): void {
    const { notices } = this.#context.state;
    for (const [id, notice] of this.#asking) {
      if (asking.has(id)) continue;
      notices.dismiss(notice);
      this.#asking.delete(id);
    }
    for (const [id, name] of asking) {
      if (this.#asking.has(id)) continue;
      const notice = notices.show("notify.moderationRequestFromParticipant", {
        values: { name },
        group: `hand-${id}`,
        actions: [{ label: "notify.allowAudio", act: () => this.allow(id, "audio") }],
      });
      this.#asking.set(id, notice);
    }
  }

  #isOn(media: ModeratedMedia): boolean {
    const { audioMuted, microphone, camera, screen } = this.#context.media;
    if (media === "audio") return !audioMuted.value && microphone.value !== undefined;
    return (media === "video" ? camera : screen).value !== undefined;
  }

  #turnOff(media: ModeratedMedia): void {
    const local = this.#context.media;
    if (media === "audio") void local.setAudioMuted(true);
    else if (media === "video") void local.setVideoMuted(true);
    else local.stopScreen();
  }

  #turnOn(media: ModeratedMedia): void {
    const local = this.#context.media;
    if (media === "audio") void local.setAudioMuted(false);
    else if (media === "video") void local.setVideoMuted(false);
    else void local.startScreen();
  }
}

/** What concerns one of our devices stands once, whatever was said of it before. */
function groupOf(media: ModeratedMedia): string {
  return `own-${media}`;
}

function toggled<T>(set: ReadonlySet<T>, item: T, isIn: boolean): ReadonlySet<T> {
  const next = new Set(set);
  if (isIn) next.add(item);
  else next.delete(item);
  return next;
}
