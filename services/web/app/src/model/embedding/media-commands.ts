import { recordIn } from "../../protocol/json.ts";
import type { App } from "../app.ts";
import { NO_BACKGROUND } from "../media/background/choice.ts";
import { BackgroundControl } from "../media/background/control.ts";
import { listOf, textOf } from "./arguments.ts";
import type { Command } from "./embedder.ts";

const MAX_TONES = 100;

export const MEDIA_COMMANDS: Readonly<Record<string, Command>> = {
  "toggle-audio": ({ app }) => app.media.setAudioMuted(hasMicrophone(app)),
  "toggle-video": ({ app }) => app.media.setVideoMuted(app.media.camera.value !== undefined),
  "toggle-share-screen": async ({ app }, options) => {
    const { enable } = recordIn(options);
    if (enable !== (app.media.screen.value !== undefined)) await app.call.toggleScreen();
  },
  "toggle-camera": ({ app }) => app.media.switchCamera(),
  "toggle-camera-mirror": ({ app: { settings } }) => {
    settings.mirrorSelf.value = !settings.mirrorSelf.value;
  },
  "toggle-noise-suppression": ({ app }) => suppressNoise(app, !app.settings.noiseSuppression.value),
  "set-noise-suppression-enabled": ({ app }, options) => suppressNoise(app, recordIn(options).enabled === true),
  "set-blurred-background": ({ app: { settings } }, kind) => {
    const strength = kind === "slight-blur" ? "slight" : "strong";
    settings.background.value = kind === "none" || kind === undefined ? NO_BACKGROUND : { type: "blur", strength };
  },
  "set-virtual-background": async ({ app, complain }, isOn, image) => {
    if (isOn !== true) app.settings.background.value = NO_BACKGROUND;
    else if (!BackgroundControl.isSupported) complain("this browser puts no picture behind people");
    else await showBehind(app, textOf(image));
  },
  "toggle-virtual-background": ({ acts }) => acts.openDialog("virtualBackground"),
  "toggle-e2ee": ({ app, acts }, isOn) => {
    if (isOn === false || (isOn === undefined && app.call.activities.e2ee.isOn.value))
      app.call.activities.e2ee.turnOff();
    else acts.openDialog("e2ee");
  },
  "set-media-encryption-key": async ({ app }, text) => useKey(app, textOf(text)),
  "send-tones": ({ app }, options) => {
    const { tones, duration, pause } = recordIn(options);
    const sender = app.call.link.session?.connection.getSenders().find(({ dtmf }) => dtmf?.canInsertDTMF);
    sender?.dtmf?.insertDTMF(textOf(tones).slice(0, MAX_TONES), numberOr(duration, 200), numberOr(pause, 200));
  },
};

function hasMicrophone({ media }: App): boolean {
  return media.microphone.value !== undefined && !media.audioMuted.value;
}

function suppressNoise({ media }: App, isOn: boolean): Promise<void> {
  return media.setNoiseSuppression(isOn);
}

/** Only pictures within the message: nothing is fetched from anywhere. */
async function showBehind({ background, settings }: App, image: string): Promise<void> {
  const found = /^(?:data:image\/(?:png|jpeg|webp|gif);base64,)?([A-Za-z0-9+/=]+)$/.exec(image)?.[1];
  if (found === undefined) throw new Error("expected a picture in base64");
  const bytes = Uint8Array.from(atob(found), (character) => character.charCodeAt(0));
  const id = await background.own.add(new Blob([bytes]));
  if (id === undefined) throw new Error("expected a picture");
  settings.background.value = { type: "image", id };
}

/** `{"exportedKey":[…],"index":0}`; no key switches the encryption off. */
async function useKey({ call }: App, text: string): Promise<void> {
  const { exportedKey, encryptionKey, index } = recordIn(JSON.parse(text));
  const bytes = listOf(exportedKey || encryptionKey).filter((each) => typeof each === "number");
  if (bytes.length === 0) {
    call.activities.e2ee.turnOff();
    return;
  }
  const key = await crypto.subtle.importKey("raw", new Uint8Array(bytes), "AES-GCM", false, ["encrypt", "decrypt"]);
  call.activities.e2ee.useKey({ key, number: numberOr(index, 0) % 16 });
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : fallback;
}
