/**
 * The sound of calls, in a thread of its own: sockets, codecs, jitter buffers and the mixer, on one clock of 20 ms. A leg is
 * one telephone. Legs of one conference hear each other and what is sent over the bridge, each but itself.
 */

export type LegCodec = "PCMA" | "PCMU" | "G722" | "opus";

/** SDES (RFC 4568): master key and salt. */
export type SrtpKey = {
  readonly suite: "AES_CM_128_HMAC_SHA1_80" | "AES_CM_128_HMAC_SHA1_32" | "AEAD_AES_128_GCM" | "AEAD_AES_256_GCM";
  readonly key: Uint8Array;
};

/** What SDP has agreed on for a leg. */
export type LegMedia = {
  readonly remote: { readonly ip: string; readonly port: number };
  readonly codec: LegCodec;
  readonly payloadType: number;
  /** Undefined: keys come in other ways. */
  readonly telephoneEvent: { readonly payloadType: number; readonly clockRateHz: number } | undefined;
  /** 10 to 60. */
  readonly packetMs: number;
  /** As seen from here. */
  readonly direction: "sendrecv" | "sendonly" | "recvonly" | "inactive";
  readonly srtp: { readonly local: SrtpKey; readonly remote: SrtpKey } | undefined;
};

/** Plain transport to a bridge; the keys are AEAD_AES_256_GCM. */
export type BridgeMedia = {
  readonly remote: { readonly ip: string; readonly port: number };
  readonly remoteKey: Uint8Array;
  readonly localKey: Uint8Array;
  /** What the call's voice is sent with, Opus. */
  readonly ssrc: number;
  readonly payloadType: number;
  /** Id of urn:ietf:params:rtp-hdrext:ssrc-audio-level; 0: none. */
  readonly audioLevelId: number;
};

/** A voice that comes from the bridge. */
export type Voice = { readonly ssrc: number; readonly endpoint: string };

export type Prompt = string;

export type LegListener = {
  /** A key: "0"–"9", "*", "#", "A"–"D". Once for each press, however it came. */
  key(digit: string, via: "rtp" | "inband"): void;
  /** Nothing has come from the phone for the time that was set, or something comes again. */
  silent(isSilent: boolean): void;
  /** The bridge's side likewise. */
  bridgeSilent(isSilent: boolean): void;
};

export interface Leg {
  /** Where the phone is to send to. */
  readonly local: { readonly ip: string; readonly port: number };
  /** After each answer and each re-INVITE. */
  setMedia(media: LegMedia): void;
  /** Prompts one after the other; resolves with false where `stopPrompts` or others came before the end. The caller hears them alone. */
  play(prompts: readonly Prompt[], options?: { readonly repeat?: boolean }): Promise<boolean>;
  stopPrompts(): void;
  /** Sends keys to the phone (RFC 4733). */
  sendKeys(digits: string): void;
  /** Opens the port where the bridge sends to; once for each bridge session. */
  openBridge(): Promise<{ readonly ip: string; readonly port: number }>;
  setBridge(media: BridgeMedia): void;
  setVoices(voices: readonly Voice[]): void;
  closeBridge(): void;
  /** Takes part in the mix of this conference; undefined: hears only prompts. */
  join(conference: string | undefined, endpoint: string): void;
  /** Its voice goes to nobody. */
  setMuted(isMuted: boolean): void;
  /** Sounds that tell of joining and leaving, for all legs of the conference. */
  close(): void;
  readonly stats: LegStats;
}

/** Of the last second or since the beginning, as named; times in ms. */
export type LegStats = {
  readonly received: number;
  readonly lost: number;
  readonly concealed: number;
  readonly late: number;
  readonly jitterMs: number;
  readonly bufferMs: number;
  readonly spoilt: number;
  readonly foreign: number;
};

export interface Sound extends AsyncDisposable {
  /** Throws with `resource-exhausted` where no port of the range is free. */
  openLeg(listener: LegListener): Promise<Leg>;
  /** 0 to 1: how much of its time the thread was at work in the last seconds. */
  readonly load: number;
}
