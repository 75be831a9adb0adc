/** The page of our web app that is filmed: how it is opened, and what it says of the meeting. */
import type { CompositeOptions, Layout } from "../session/contract.ts";
import { SessionError } from "../session/contract.ts";

/** What `window.vecheRecorder.state()` gives: services/web/app/src/ui/recorder/start.tsx. */
export type PageState = {
  readonly phase: "joining" | "joined" | "failed" | "ended";
  /** What it waits for, why it could not come in, how it ended. */
  readonly reason?: string;
  /** Of those who are to be seen: neither itself nor other hidden occupants. */
  readonly participants: number;
  readonly receivingVideo: number;
  /** Whether the bridge is reached just now. */
  readonly isConnected?: boolean;
};

export type Account = { readonly user: string; readonly domain: string; readonly password: string };

/** Global of the page; tests film pages that have the same. */
export const stateExpression = "globalThis.vecheRecorder?.state()";

export function layoutExpression(layout: Layout): string {
  return `globalThis.vecheRecorder.setLayout(${JSON.stringify(layout)})`;
}

/** Undefined for what is no state: the page has not come so far. */
export function readState(value: unknown): PageState | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { phase, reason, participants, receivingVideo, isConnected } = value as Partial<
    Record<keyof PageState, unknown>
  >;
  if (phase !== "joining" && phase !== "joined" && phase !== "failed" && phase !== "ended") return undefined;
  return {
    phase,
    reason: typeof reason === "string" ? reason : undefined,
    participants: typeof participants === "number" ? participants : 0,
    receivingVideo: typeof receivingVideo === "number" ? receivingVideo : 0,
    isConnected: typeof isConnected === "boolean" ? isConnected : undefined,
  };
}

/** Jibri's (gateway-recorder.md, 5.8). */
const pageConfig = {
  "config.analytics.disabled": "true",
  "config.disableInitialGUM": "true",
  "config.externalConnectUrl": "null",
  "config.iAmRecorder": "true",
  "config.p2p.enabled": "false",
  "config.prejoinConfig.enabled": "false",
  "config.requireDisplayName": "false",
  "config.deeplinking.disabled": "true",
  "config.startWithAudioMuted": "true",
  "config.startWithVideoMuted": "true",
} as const;

/** What jobs and facts say where the address of a room names none. */
const noTenant = "main";

/** Throws SessionError for a room or tenant that can't stand in an address. */
export function pageAddress(origin: string, { meeting, layout }: Pick<CompositeOptions, "meeting" | "layout">): string {
  const names = meeting.tenant === noTenant ? [meeting.roomName] : [meeting.tenant, meeting.roomName];
  const path = names.map(segment).join("/");
  const settings = { ...pageConfig, "config.recorderLayout": JSON.stringify(layout) };
  const fragment = Object.entries(settings).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return `${origin.replace(/\/+$/, "")}/${path}#${fragment.join("&")}`;
}

function segment(name: string): string {
  const fault = () => new SessionError("join-failed", "the room has a name that no address can hold");
  let plain: string;
  try {
    plain = decodeURIComponent(name);
  } catch {
    throw fault();
  }
  if (/^\.{0,2}$/.test(plain) || plain.includes("\\")) throw fault();
  return encodeURIComponent(plain);
}

/** What the page finds in its storage: who it signs in as, and what the occupant says of itself. */
export function storageOf({ user, domain, password }: Account, { presence }: Pick<CompositeOptions, "presence">) {
  return {
    xmpp_username_override: `${user}@${domain}`,
    xmpp_password_override: password,
    displayname: "Recorder",
    recorder_mode: presence.mode,
    recorder_session_id: presence.sessionId,
    recorder_view_url: presence.viewUrl,
  };
}
