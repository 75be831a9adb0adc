import type { VecheError } from "@veche/kit/errors.ts";

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
  /** Undefined: keys come in other ways, and are looked for in the sound. */
  readonly telephoneEvent: { readonly payloadType: number; readonly clockRateHz: number } | undefined;
  /** A whole ten from 10 to 60. Opus, which has no frames of 30 and 50, is sent in 20 instead. */
  readonly packetMs: number;
  /** As seen from here. */
  readonly direction: "sendrecv" | "sendonly" | "recvonly" | "inactive";
  /** Comfort noise as payload type 13 (RFC 3389) stands in the answer too: nothing but it is sent while nobody speaks. */
  readonly comfortNoise: boolean;
  /** RTCP goes on RTP's port (RFC 5761). Else on the next one. */
  readonly rtcpMux: boolean;
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

/** "<language>/<name>", of prompts/texts.ts or a file of the operator's. One that isn't there is skipped. */
export type Prompt = string;

export type LegListener = {
  /** A key: "0"–"9", "*", "#", "A"–"D". Once for each press, however it came. */
  key(digit: string, via: "rtp" | "inband"): void;
  /** Nothing has come from the phone for the time that was set, or something comes again. */
  silent(isSilent: boolean): void;
  /**
   * Nothing has come from the bridge for that time, neither voices nor reports on what it is sent, or something comes again.
   * A room where nobody speaks is not silent so: the bridge reports on the call's voice, and where that was never sent
   * (muted from the beginning) nothing is told.
   */
  bridgeSilent(isSilent: boolean): void;
  /** The leg can't go on (`internal`), or its whole thread died (`unavailable`). Told once, and last; `close` changes nothing more. */
  failed(error: VecheError): void;
};

export interface Leg {
  /** Where the phone is to send to. */
  readonly local: { readonly ip: string; readonly port: number };
  /** After each answer and each re-INVITE. Throws with `invalid-argument`. */
  setMedia(media: LegMedia): void;
  /** Prompts one after the other; resolves with false where `stopPrompts` or others came before the end. The caller hears them alone. */
  play(prompts: readonly Prompt[], options?: { readonly repeat?: boolean }): Promise<boolean>;
  stopPrompts(): void;
  /** Sends keys to the phone: RFC 4733 where it was agreed, else as tones. Others than "0"–"9", "*", "#", "A"–"D" are skipped. */
  sendKeys(digits: string): void;
  /** Opens the port where the bridge at that address sends to; once for each bridge session. */
  openBridge(towards: string): Promise<{ readonly ip: string; readonly port: number }>;
  /** Throws with `invalid-argument`. */
  setBridge(media: BridgeMedia): void;
  setVoices(voices: readonly Voice[]): void;
  closeBridge(): void;
  /** Takes part in the mix of this conference; undefined: hears only prompts. */
  join(conference: string | undefined, endpoint: string): void;
  /** Its voice goes to nobody. */
  setMuted(isMuted: boolean): void;
  close(): void;
  /** As of the last second; zeros before. */
  readonly stats: LegStats;
}

/** What came from the phone, counted since the beginning. */
export type LegStats = {
  /** Packets. */
  readonly received: number;
  readonly lost: number;
  /** Of 20 ms that were made up for want of what was lost. */
  readonly concealed: number;
  /** Packets that came when their time was over, and twice. */
  readonly late: number;
  /** RFC 3550 6.4.1. */
  readonly jitterMs: number;
  /** How long sound waits to be heard. */
  readonly bufferMs: number;
  /** Packets that could not be read: malformed, of an unknown payload type, or not of this key. */
  readonly spoilt: number;
  /** Packets from addresses that are not the phone's. */
  readonly foreign: number;
};

export interface Sound extends AsyncDisposable {
  /** Throws with `resource-exhausted` where no port of the range is free. */
  openLeg(listener: LegListener): Promise<Leg>;
  /** For all legs of a conference that are not being told something else: joining and leaving. */
  announce(conference: string, prompts: readonly Prompt[]): void;
  /** 0 to 1: how much of its time the thread was at work in the last seconds. */
  readonly load: number;
}

export type SoundOptions = {
  /** Where sockets are bound for phones. */
  readonly address: string;
  /** What bridges are told of where voices go; "": the address that packets to the bridge have. */
  readonly bridgeAddress: string;
  /** For bridges, one a leg, both included; 0 and 0: any. */
  readonly bridgePorts: { readonly min: number; readonly max: number };
  /** For phones, both included; 0 and 0: any. A leg takes two, RTP on an even one. */
  readonly ports: { readonly min: number; readonly max: number };
  /** After so long without a packet a side is silent. */
  readonly mediaTimeoutMs: number;
  /** Voices of a conference that are decoded at a time; the loudest. */
  readonly maxSpeakers: number;
  /** With WAV files "<language>/<name>.wav" that are played instead of the own prompts; "": none. */
  readonly promptsDirectory: string;
};
