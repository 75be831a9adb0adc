/** http://jitsi.org/jitmeet/{audio,video,desktop}: asking the focus to mute somebody, and the focus asking a client. */
import { ns } from "./namespaces.ts";
import { type Read, reading, requiredText, unreadable } from "./reading.ts";
import { type Element, el } from "./xml/element.ts";

export type MuteMedia = "audio" | "video" | "desktop";

export const muteNamespaces: Readonly<Record<MuteMedia, string>> = {
  audio: ns.muteAudio,
  video: ns.muteVideo,
  desktop: ns.muteDesktop,
};

export type MuteRequest = { readonly media: MuteMedia; readonly jid: string; readonly muted: boolean };

export function readMute(mute: Element): Read<MuteRequest> {
  return reading(() => {
    const namespace = mute.getNS();
    const media = (Object.keys(muteNamespaces) as MuteMedia[]).find((name) => muteNamespaces[name] === namespace);
    if (mute.name !== "mute" || !media) return unreadable("expected <mute> for audio, video or desktop");
    const value = mute.getText().trim();
    if (value !== "true" && value !== "false") return unreadable('<mute> says "true" or "false"');
    return { media, jid: requiredText(mute, "jid", 3071), muted: value === "true" };
  });
}

/** COMPAT: clients obey only the text "true". */
export function writeMute(media: MuteMedia, actor: string): Element {
  return el("mute", { xmlns: muteNamespaces[media], actor }, "true");
}
