import type { Presence, Profile } from "./conference.ts";
import type { Fact, ParticipantRef } from "./facts.ts";
import type { Ask, EndpointOffer, Failure } from "./inputs.ts";
import type { MediaDescription, Source, Transport } from "./media.ts";
import type { Job } from "./recording-job.ts";

type ToBridge = { readonly bridge: string; readonly instance: string };
type OnBridge = ToBridge & {
  readonly endpoint: string;
  readonly jingleSession: string;
};
type Blocked = { readonly audio: boolean; readonly video: boolean; readonly desktop: boolean };
type ToClient = { readonly endpoint: string; readonly jingleSession: string };

type BridgeEffect =
  | (OnBridge & {
      readonly type: "create-endpoint";
      readonly bridgeSession: string;
      readonly statsId: string;
      readonly fullIce: boolean;
      /** Plain RTP, for a telephone call. */
      readonly plain: boolean;
      /** Held back from the first packet. */
      readonly forceMute: Blocked;
    })
  | (OnBridge & {
      readonly type: "connect-endpoint";
      readonly ask: Ask;
      readonly descriptions: readonly MediaDescription[];
      readonly transport: Transport;
      readonly sources: readonly Source[];
      readonly initialLastN: number | undefined;
    })
  | (OnBridge & { readonly type: "add-sources"; readonly ask: Ask; readonly sources: readonly Source[] })
  | (OnBridge & { readonly type: "remove-sources"; readonly names: readonly string[] })
  | (OnBridge & { readonly type: "resume-sources"; readonly names: readonly string[] })
  | (OnBridge & { readonly type: "restart-ice"; readonly ask: Ask })
  | (OnBridge & { readonly type: "set-force-mute" } & Blocked)
  | (OnBridge & { readonly type: "expire-endpoint" })
  | { readonly type: "expire-conference"; readonly bridge: string }
  | (ToBridge & {
      readonly type: "add-remote-sources";
      /** The bridge that has them. */
      readonly from: string;
      readonly fromInstance: string;
      readonly sources: readonly Source[];
    })
  | (ToBridge & { readonly type: "remove-remote-sources"; readonly names: readonly string[] })
  | (ToBridge & { readonly type: "drop-relay"; readonly from: string });

type RoomEffect =
  | (ToClient & {
      readonly type: "initiate-session";
      readonly bridgeSession: string;
      readonly offer: EndpointOffer;
      readonly startAudioMuted: boolean;
      readonly startVideoMuted: boolean;
    })
  | (ToClient & { readonly type: "announce-sources"; readonly sources: readonly Source[] })
  | (ToClient & { readonly type: "withdraw-sources"; readonly sources: readonly Source[] })
  | (ToClient & { readonly type: "end-session"; readonly reason: string; readonly text: string })
  | (ToClient & { readonly type: "replace-transport"; readonly transport: Transport })
  | { readonly type: "ask-to-mute"; readonly endpoint: string; readonly media: string; readonly actor: string }
  | { readonly type: "make-owner"; readonly endpoint: string }
  | { readonly type: "show-presence"; readonly presence: Presence }
  /** `withoutPeople`: calls that are there go with the room. */
  | { readonly type: "close-room"; readonly reason: string; readonly withoutPeople: boolean };

/** A text for the stream of chats, which numbers it. */
export type Chat = {
  readonly participant: ParticipantRef;
  readonly isPrivate: boolean;
  readonly message: string;
  readonly text: string;
  readonly to: string;
  readonly timeMs: number;
};

export type Effect =
  | BridgeEffect
  | RoomEffect
  | { readonly type: "record"; readonly fact: Fact }
  | {
      readonly type: "remember-person";
      readonly person: string;
      readonly profile: Profile;
      readonly userId: string;
      readonly isGuest: boolean;
    }
  /** Until it is stored, or something newer of the same job is. */
  | { readonly type: "put-job"; readonly job: Job; readonly ask?: Ask }
  | { readonly type: "keep-chat"; readonly chat: Chat }
  | { readonly type: "reply"; readonly ask: Ask; readonly failure?: Failure }
  /** Nothing follows: the shell lets the room go. */
  | { readonly type: "finish" };
