import { computed, type ReadonlySignal } from "@preact/signals-core";
import { layoutOf, recorderElements } from "../../protocol/conference/recording.ts";
import { ownerOf } from "../../protocol/conference/source-info.ts";
import { Call } from "../call/call.ts";
import { CallState, type Phase } from "../call/state.ts";
import type { AppConfig } from "../config.ts";
import { Devices } from "../media/devices.ts";
import { LocalMedia } from "../media/local-media.ts";
import { Settings } from "../settings.ts";
import type { Place } from "../url.ts";
import { type RecorderVisitor, readVisitor } from "./account.ts";
import { RecorderView } from "./view.ts";

/** How far a recorder's page has come, for the program that has opened it. */
export interface RecorderProgress {
  readonly phase: "joining" | "joined" | "failed" | "ended";
  /** What it waits for, why it could not come in, how it ended. */
  readonly reason?: string;
}

/** One visit of a meeting to film it: sees and hears, is neither seen nor heard, and leaves the devices alone. */
export class Recorder {
  readonly config: AppConfig;
  readonly place: Place;
  readonly state = new CallState();
  readonly view = new RecorderView(this.state);
  readonly progress: ReadonlySignal<RecorderProgress>;
  /** Whose pictures and sound only those with the secret can open. */
  readonly sealed: ReadonlySignal<ReadonlySet<string>>;
  /** What is heard, by source. */
  readonly voices: ReadonlySignal<readonly (readonly [string, MediaStreamTrack])[]>;
  readonly #call: Call;
  readonly #visitor: RecorderVisitor | undefined;

  constructor(config: AppConfig, place: Place, storage: Pick<Storage, "getItem">) {
    this.config = config;
    this.place = place;
    this.#visitor = readVisitor(storage, config.hiddenDomain);
    const { state } = this;
    state.notices.isWanted = () => false;
    this.view.layout.value = layoutOf(config.recorderLayout) ?? "speaker";
    const devicesAlone = { audioMuted: true, videoMuted: true, height: config.resolution };
    const media = new LocalMedia(new Devices(), new Settings(), devicesAlone);
    media.mayTurnOn = () => false;
    const account = this.#visitor?.account;
    this.#call = new Call(config, { roomName: place.roomName, token: undefined, account }, state, media);
    const { encrypting } = this.#call.activities.e2ee;
    this.sealed = computed(() => new Set(encrypting.value.map(({ id }) => id)));
    this.voices = computed(() =>
      [...state.remoteTracks.value].filter(
        ([source, { kind }]) => kind === "audio" && !this.sealed.value.has(ownerOf(source)),
      ),
    );
    this.progress = computed(() =>
      this.#visitor ? progressOf(state.phase.value) : { phase: "failed", reason: "no-account" },
    );
    state.name.value = this.#visitor?.name ?? "";
    // Of encryption it can do nothing: nobody gives it the secret.
    state.setOwnPresence("e2ee-support", undefined);
    const told = this.#visitor ? recorderElements(this.#visitor.presence) : [];
    for (const element of told) state.setOwnPresence(`recorder-${element.name}`, element);
  }

  open(): void {
    if (this.#visitor) void this.#call.start();
  }

  leave(): void {
    if (this.state.phase.value.name === "joined") this.#call.leave();
  }
}

function progressOf(phase: Phase): RecorderProgress {
  switch (phase.name) {
    case "idle":
      return { phase: "joining" };
    case "joining":
      return phase.waitingForHost ? { phase: "joining", reason: "no-host" } : { phase: "joining" };
    case "knocking":
      return { phase: "joining", reason: "lobby" };
    case "joined":
      return { phase: "joined" };
    case "refused":
      return { phase: "failed", reason: phase.text ? `${phase.problem}: ${phase.text}` : phase.problem };
    case "ended":
      return { phase: "ended", reason: phase.how };
  }
}
