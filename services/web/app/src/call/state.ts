import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import type { ReceiverConstraints } from "../bridge-channel/messages.ts";
import type { ChatMessage } from "../conference/chat.ts";
import type { Knocker } from "../conference/lobby.ts";
import type { Occupant } from "../conference/occupant.ts";
import { openRoom, type RoomInfo } from "../conference/room-info.ts";
import type { LinkState } from "../xmpp/connection.ts";

export type JoinProblem =
  | "password"
  | "wrong-password"
  | "members-only"
  | "rejected"
  | "bad-token"
  | "full"
  | "not-allowed"
  | "login-needed"
  | "refused"
  | "other";

export type Phase =
  | { readonly name: "idle" }
  | { readonly name: "joining"; readonly waitingForHost: boolean }
  /** Before the door of a room with a lobby; whoever is let in has to have a name. */
  | { readonly name: "knocking"; readonly step: "name" | "asking" | "entering" | "wrong-password" }
  | { readonly name: "joined" }
  | { readonly name: "refused"; readonly problem: JoinProblem; readonly text: string }
  | { readonly name: "ended"; readonly how: "left" | "kicked" | "destroyed"; readonly reason: string };

export type LoginProblem = "wrong" | "blocked" | "disabled" | "expired" | "may-not-open" | "insecure" | "unreachable";

export type Login =
  | { readonly name: "out" }
  | { readonly name: "busy" }
  | { readonly name: "failed"; readonly problem: LoginProblem };

export interface ChatLine extends ChatMessage {
  readonly name: string;
  readonly isOwn: boolean;
}

export type NoticeKey =
  | "joined"
  | "left"
  | "handRaised"
  | "mutedByModerator"
  | "cameraStoppedByModerator"
  | "sourceRefused"
  | "screenFailed"
  | "micFailed"
  | "cameraFailed"
  | "linkCopied"
  | "passwordSet"
  | "passwordRemoved"
  | "lobbyOn"
  | "lobbyOff"
  | "signedIn"
  | "signedOut"
  | "actionFailed";

export interface Notice {
  readonly id: number;
  readonly key: NoticeKey;
  readonly name: string;
}

const NOTICE_MS = 5000;
const MAX_NOTICES = 3;

/** Everything a page shows of a call. The call writes, pages read. */
export class CallState {
  readonly phase = signal<Phase>({ name: "idle" });
  readonly link = signal<LinkState>("offline");
  readonly selfId = signal("");
  readonly isModerator = signal(false);
  readonly name = signal("");
  readonly handRaisedAt = signal(0);
  /** Address of the account we have signed in with; "" for a guest. */
  readonly identity = signal("");
  readonly hasAuthentication = signal(false);
  readonly login = signal<Login>({ name: "out" });
  readonly roomInfo = signal<RoomInfo>(openRoom);
  /** Who waits in the lobby; known to moderators. */
  readonly knockers = signal<readonly Knocker[]>([]);
  readonly occupants = signal<ReadonlyMap<string, Occupant>>(new Map());
  readonly remoteTracks = signal<ReadonlyMap<string, MediaStreamTrack>>(new Map());
  /** Undefined while the bridge has not said what it forwards: then everything may be on its way. */
  readonly forwarded = signal<ReadonlySet<string> | undefined>(undefined);
  readonly dominant = signal<string | undefined>(undefined);
  readonly interrupted = signal<ReadonlySet<string>>(new Set());
  readonly chat = signal<readonly ChatLine[]>([]);
  readonly unread = signal(0);
  readonly chatOpen = signal(false);
  readonly subject = signal("");
  readonly bridgeMissing = signal(false);
  readonly ice = signal<RTCIceConnectionState | "none">("none");
  readonly bridgeChannelOpen = signal(false);
  /** The media had been there and now is not. */
  readonly mediaBroken = signal(false);
  readonly notices = signal<readonly Notice[]>([]);
  readonly wanted = signal<ReceiverConstraints>({
    lastN: -1,
    onStageSources: [],
    selectedSources: [],
    defaultMaxHeight: 180,
    maxHeights: {},
  });

  readonly reconnecting: ReadonlySignal<boolean> = computed(
    () => this.phase.value.name === "joined" && (this.link.value !== "connected" || this.mediaBroken.value),
  );

  #nextNotice = 1;

  notify(key: NoticeKey, name = ""): void {
    const notice = { id: this.#nextNotice++, key, name };
    this.notices.value = [...this.notices.value, notice].slice(-MAX_NOTICES);
    setTimeout(() => this.dismiss(notice.id), NOTICE_MS);
  }

  dismiss(id: number): void {
    this.notices.value = this.notices.value.filter((notice) => notice.id !== id);
  }

  addChat(line: ChatLine): void {
    const isKnown = this.chat.value.some(
      (each) => (line.id ? each.id === line.id : each.sentAt === line.sentAt) && each.text === line.text,
    );
    // A room joined again repeats its history.
    if (isKnown) return;
    this.chat.value = [...this.chat.value, line];
    if (!line.isOwn && !this.chatOpen.value) this.unread.value++;
  }

  openChat(open: boolean): void {
    this.chatOpen.value = open;
    if (open) this.unread.value = 0;
  }

  setOccupant(occupant: Occupant): void {
    this.occupants.value = new Map(this.occupants.value).set(occupant.id, occupant);
  }

  dropOccupants(ids: Iterable<string>): void {
    const occupants = new Map(this.occupants.value);
    for (const id of ids) occupants.delete(id);
    this.occupants.value = occupants;
  }
}
