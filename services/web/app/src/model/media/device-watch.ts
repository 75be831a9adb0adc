import type { TextKey } from "../../i18n/text-key.ts";
import type { CallState } from "../call/state.ts";
import type { NoticeAction } from "../notices.ts";
import { DEVICE_KINDS, type Device, type DeviceKind, type DeviceLists, reactTo } from "./device-choice.ts";
import type { Devices } from "./devices.ts";
import type { LocalMedia, MediaEvent } from "./local-media.ts";
import type { MediaProblem } from "./problem.ts";

/** A device that was pulled out is gone from the list a little later than its sound. */
const SETTLE_MS = 400;

const FAILED: Readonly<Record<"audio" | "video", Readonly<Record<MediaProblem, TextKey>>>> = {
  audio: {
    denied: "dialog.micPermissionDeniedError",
    missing: "dialog.micNotFoundError",
    busy: "dialog.micNotSendingData",
    insecure: "notify.micFailed",
    failed: "dialog.micUnknownError",
  },
  video: {
    denied: "dialog.cameraPermissionDeniedError",
    missing: "dialog.cameraNotFoundError",
    busy: "dialog.cameraNotSendingData",
    insecure: "notify.cameraFailed",
    failed: "dialog.cameraUnknownError",
  },
};

const TAKEN: Readonly<Record<DeviceKind, TextKey>> = {
  audioinput: "notify.microphoneInUse",
  videoinput: "notify.cameraInUse",
  audiooutput: "notify.speakerInUse",
};

/** Devices that come and go in the middle of a call: what is taken up by itself, and what the person is told. */
export class DeviceWatch {
  readonly #devices: Devices;
  readonly #media: LocalMedia;
  readonly #state: CallState;
  /** Opens the settings of microphone or camera. */
  showSettings: (media: "audio" | "video") => void = () => {};

  constructor(devices: Devices, media: LocalMedia, state: CallState) {
    this.#devices = devices;
    this.#media = media;
    this.#state = state;
    devices.onPlugged = (before, after) => this.#plugged(before, after);
    media.onEvent = (event) => this.#happened(event);
  }

  #plugged(before: DeviceLists, after: DeviceLists): void {
    const offered: [DeviceKind, Device][] = [];
    for (const kind of DEVICE_KINDS) {
      const { memory } = this.#devices;
      const inUse = this.#inUse(kind, before);
      const reaction = reactTo({ kind, before: before[kind], after: after[kind], inUse, memory });
      if (reaction.type === "take") this.#take(kind, reaction.device);
      else if (reaction.type === "offer") offered.push([kind, reaction.device]);
      else if (reaction.type === "none-left") this.#noneLeft(kind);
    }
    const sound = offered.filter(([kind]) => kind !== "videoinput");
    this.#offer(
      offered.filter(([kind]) => kind === "videoinput"),
      "notify.newDeviceCameraTitle",
    );
    this.#offer(sound, "notify.newDeviceAudioTitle");
  }

  #inUse(kind: DeviceKind, before: DeviceLists): string | undefined {
    const track = { audioinput: this.#media.voice, videoinput: this.#media.lens, audiooutput: undefined }[kind];
    // Where nothing is chosen the browser uses the first.
    return track?.peek()?.getSettings().deviceId ?? this.#devices.chosen.peek()[kind] ?? before[kind][0]?.id;
  }

  #take(kind: DeviceKind, device: Device): void {
    this.#devices.use(kind, device.id);
    if (kind !== "audiooutput") void this.#media.switchDevice(kind);
    this.#tell(TAKEN[kind], { values: { device: device.label }, group: `device-${kind}` });
  }

  #offer(offered: readonly (readonly [DeviceKind, Device])[], text: TextKey): void {
    const [first] = offered;
    if (!first) return;
    const act = () => {
      for (const [kind, device] of offered) {
        this.#devices.choose(kind, device.id);
        if (kind !== "audiooutput") void this.#media.switchDevice(kind);
      }
    };
    const actions = [{ label: "notify.newDeviceAction", act } as const];
    this.#tell(text, { values: { device: first[1].label }, actions, group: `new-${first[0]}` });
  }

  #noneLeft(kind: DeviceKind): void {
    if (kind === "audioinput") this.#tell("dialog.micNotFoundError", { kind: "warning", group: "failed-audio" });
    if (kind === "videoinput") this.#tell("dialog.cameraNotFoundError", { kind: "warning", group: "failed-video" });
  }

  #happened(event: MediaEvent): void {
    if (event.type === "ended") setTimeout(() => void this.#recover(event.media), SETTLE_MS);
    else if (event.type === "failed") this.#failed(event.media, event.problem);
    else this.#tell("noiseSuppression.failed", { kind: "error", group: "noise" });
  }

  /** A track that ends by itself is sought again once: another device, or the same after a sleep. */
  async #recover(media: "audio" | "video"): Promise<void> {
    const { audioMuted, videoMuted, voice, lens } = this.#media;
    await this.#devices.refresh();
    if (media === "audio" && !audioMuted.peek() && !voice.peek()) {
      await this.#media.setAudioMuted(false);
      this.#sayTaken("audioinput", voice.peek());
    } else if (media === "video" && !videoMuted.peek() && !lens.peek()) {
      await this.#media.setVideoMuted(false);
      this.#sayTaken("videoinput", lens.peek());
    }
  }

  #sayTaken(kind: "audioinput" | "videoinput", track: MediaStreamTrack | undefined): void {
    if (track) this.#tell(TAKEN[kind], { values: { device: track.label }, group: `device-${kind}` });
  }

  #failed(media: "audio" | "video", problem: MediaProblem): void {
    const again = () => void (media === "audio" ? this.#media.setAudioMuted(false) : this.#media.setVideoMuted(false));
    const actions: NoticeAction[] = [];
    if (problem !== "insecure") actions.push({ label: "deviceError.tryAgain", act: again });
    if (problem === "busy" || problem === "missing" || problem === "failed")
      actions.push({ label: "toolbar.Settings", act: () => this.showSettings(media) });
    this.#tell(FAILED[media][problem], { kind: "error", actions, group: `failed-${media}` });
  }

  /** Before the call the page itself shows what is wrong. */
  #tell(text: TextKey, options: Parameters<CallState["notices"]["show"]>[1]): void {
    if (this.#state.phase.peek().name === "joined") this.#state.notices.show(text, options);
  }
}
