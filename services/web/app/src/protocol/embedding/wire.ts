// Messages between an embedding page and the app in its frame: postis' JSON strings (webapp.md 6.4).

import { isRecord } from "../json.ts";

export type Fields = Readonly<Record<string, unknown>>;

export type EmbeddingMessage =
  | { readonly type: "event"; readonly data: Fields }
  | { readonly type: "request"; readonly id: number | string; readonly data: Fields }
  | { readonly type: "response"; readonly id: number | string; readonly result?: unknown; readonly error?: unknown };

/** What stands in one postMessage. */
export type Letter =
  | { readonly type: "ready"; readonly id: string }
  | { readonly type: "message"; readonly message: EmbeddingMessage };

/** A background picture is the largest thing an embedder sends. */
export const MAX_LETTER_LENGTH = 8 * 1024 * 1024;

const READY = "__ready__";
const MESSAGE = "message";

/** COMPAT: embedders older than external_api.js name the command in place of the method. */
const OLD_METHODS = new Set([
  "display-name",
  "toggle-audio",
  "toggle-video",
  "toggle-film-strip",
  "toggle-chat",
  "toggle-contact-list",
  "toggle-share-screen",
  "video-hangup",
  "email",
  "avatar-url",
]);

export function scopeOf(apiId: number): string {
  return `jitsi_meet_external_api_${apiId}`;
}

/** Undefined for whatever is none of ours: other windows and extensions talk here too. */
export function readLetter(data: unknown, scope: string): Letter | undefined {
  if (typeof data !== "string" || data.length > MAX_LETTER_LENGTH) return undefined;
  const letter = parse(data);
  if (letter?.postis !== true || letter.scope !== scope || typeof letter.method !== "string") return undefined;
  const { method, params } = letter;
  if (method === READY) return typeof params === "string" ? { type: "ready", id: params } : undefined;
  const message = OLD_METHODS.has(method) ? oldMessage(method, params) : readMessage(method, params);
  return message && { type: "message", message };
}

export function writeReady(scope: string, id: string): string {
  return JSON.stringify({ postis: true, scope, method: READY, params: id });
}

export function writeMessage(scope: string, message: EmbeddingMessage): string {
  return JSON.stringify({ postis: true, scope, method: MESSAGE, params: message });
}

function readMessage(method: string, params: unknown): EmbeddingMessage | undefined {
  if (method !== MESSAGE || !isRecord(params)) return undefined;
  const { type, id, data } = params;
  if (type === "event") return isRecord(data) ? { type, data } : undefined;
  if (typeof id !== "number" && typeof id !== "string") return undefined;
  if (type === "request") return isRecord(data) ? { type, id, data } : undefined;
  if (type !== "response") return undefined;
  const { result, error } = params;
  return { type, id, ...(result !== undefined && { result }), ...(error !== undefined && { error }) };
}

function oldMessage(name: string, params: unknown): EmbeddingMessage {
  return { type: "event", data: { name, data: Array.isArray(params) ? params : params === undefined ? [] : [params] } };
}

function parse(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
