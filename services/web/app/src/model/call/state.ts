import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import type { ReceiverConstraints } from "../../protocol/bridge-channel/messages.ts";
import type { Knocker } from "../../protocol/conference/lobby.ts";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import { openRoom, type RoomInfo } from "../../protocol/conference/room-info.ts";
import type { XmlElement } from "../../protocol/xml/element.ts";
import type { LinkState } from "../../protocol/xmpp/connection.ts";
import { Notices } from "../notices.ts";
import { LobbyTalk } from "./lobby-talk.ts";

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
  | { readonly name: "joining"; readonly waitingForHost: boolean; readonly withPassword?: boolean }
  /** Before the door of a room with a lobby; whoever is let in has to have a name. */
  | { readonly name: "knocking"; readonly step: "name" | "asking" | "entering" | "wrong-password" }
  | { readonly name: "joined" }
  | {
      readonly name: "refused";
      readonly problem: JoinProblem;
      readonly text: string;
      /** When the room is asked again without anybody doing anything. */
      readonly retryAt?: number;
    }
  | { readonly name: "ended"; readonly how: "left" | "kicked" | "destroyed"; readonly reason: string };

export type LoginProblem = "wrong" | "blocked" | "disabled" | "expired" | "may-not-open" | "insecure" | "unreachable";

export type Login =
  | { readonly name: "out" }
  | { readonly name: "busy" }
  | { readonly name: "failed"; readonly problem: LoginProblem };

/** What stands beside the tiles, one at a time. */
export type PanelName = "chat" | "participants" | "polls";

/** Everything a page shows of a call. The call writes, pages read. */
export class CallState {
  readonly phase = signal<Phase>({ name: "idle" });
  readonly link = signal<LinkState>("offline");
  readonly selfId = signal("");
  /** Where we are, or are on the way to: the meeting's own room or one beside it. */
  readonly roomJid = signal("");
  readonly isModerator = signal(false);
  readonly name = signal("");
  readonly handRaisedAt = signal(0);
  /** Address of the account we have signed in with; "" for a guest. */
  readonly identity = signal("");
  readonly hasAuthentication = signal(false);
  /** The focus knows of a gateway to telephones. */
  readonly hasSipGateway = signal(false);
  readonly login = signal<Login>({ name: "out" });
  readonly roomInfo = signal<RoomInfo>(openRoom);
  /** Who waits in the lobby; known to moderators. */
  readonly knockers = signal<readonly Knocker[]>([]);
  readonly lobbyTalk = new LobbyTalk();
  readonly occupants = signal<ReadonlyMap<string, Occupant>>(new Map());
  readonly remoteTracks = signal<ReadonlyMap<string, MediaStreamTrack>>(new Map());
  /** Undefined while the bridge has not said what it forwards: then everything may be on its way. */
  readonly forwarded = signal<ReadonlySet<string> | undefined>(undefined);
  readonly dominant = signal<string | undefined>(undefined);
  /** How loud this page plays whom, where it was changed. */
  readonly volumes = signal<ReadonlyMap<string, number>>(new Map());
  readonly interrupted = signal<ReadonlySet<string>>(new Set());
  readonly panel = signal<PanelName | undefined>(undefined);
  readonly chatOpen: ReadonlySignal<boolean> = computed(() => this.panel.value === "chat");
  readonly subject = signal("");
  readonly bridgeMissing = signal(false);
  readonly ice = signal<RTCIceConnectionState | "none">("none");
  readonly bridgeChannelOpen = signal(false);
  /** The media had been there and now is not. */
  readonly mediaBroken = signal(false);
  readonly notices = new Notices();
  /** What our presence carries beside name, sources and hand, by whose it is. */
  readonly ownPresence = signal<ReadonlyMap<string, XmlElement>>(new Map());
  /** Our camera is sent no larger than this; below 0 without limit. */
  readonly sendHeight = signal(-1);
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

  openPanel(name: PanelName | undefined): void {
    this.panel.value = name;
    if (name) this.notices.dismissGroup(name);
  }

  togglePanel(name: PanelName): void {
    this.openPanel(this.panel.value === name ? undefined : name);
  }

  /** 1 is as loud as they are. */
  setVolume(id: string, volume: number): void {
    this.volumes.value = new Map(this.volumes.value).set(id, volume);
  }

  setOwnPresence(whose: string, element: XmlElement | undefined): void {
    const elements = new Map(this.ownPresence.value);
    if (element) elements.set(whose, element);
    else elements.delete(whose);
    this.ownPresence.value = elements;
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
