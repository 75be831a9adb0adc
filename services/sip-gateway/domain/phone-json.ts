/**
 * Bodies of SIP INFO: keys (application/dtmf-relay, application/dtmf) and what Jigasi and SIP room systems tell each other
 * in JSON (protocol/gateway-recorder.md 5.3).
 */

export type PhoneSays =
  | { readonly type: "key"; readonly key: string }
  | { readonly type: "password"; readonly password: string }
  | { readonly type: "heartbeat" }
  | { readonly type: "mute"; readonly id: string; readonly isMuted: boolean }
  /** An answer to what we asked. */
  | { readonly type: "answer" };

/** Longer ones are nobody's. */
export const bodyBytesAtMost = 4_096;
const textAtMost = 128;

/** Undefined: nothing that we know. Never throws. */
export function readInfo(contentType: string, body: string): PhoneSays | undefined {
  if (body.length > bodyBytesAtMost) return undefined;
  if (contentType === "application/dtmf-relay")
    return keyOf(/^\s*signal\s*=\s*([0-9a-d*#]{1,2})\s*$/im.exec(body)?.[1]);
  if (contentType === "application/dtmf") return keyOf(body.trim());
  return contentType === "application/json" ? readJson(body) : undefined;
}

/** Some phones send 10 and 11 for star and hash. */
function keyOf(text: string | undefined): PhoneSays | undefined {
  const key = text === "10" ? "*" : text === "11" ? "#" : (text ?? "").toUpperCase();
  return /^[0-9A-D*#]$/.test(key) ? { type: "key", key } : undefined;
}

function readJson(body: string): PhoneSays | undefined {
  const message = parse(body);
  const data = objectOf(message?.data);
  switch (message?.type) {
    case "muteRequest":
      return typeof data?.audio === "boolean"
        ? { type: "mute", id: textOf(message.id), isMuted: data.audio }
        : undefined;
    case "muteResponse":
      return { type: "answer" };
  }
  const password = objectOf(message?.d)?.pwd;
  if (message?.t === 4 && typeof password === "string" && password !== "" && password.length <= textAtMost)
    return { type: "password", password };
  return message?.t === 11 ? { type: "heartbeat" } : undefined;
}

export type TellPhone =
  | { readonly type: "lobby-entered" }
  | { readonly type: "lobby-left" }
  | { readonly type: "admitted" }
  | { readonly type: "rejected" }
  | { readonly type: "moderation"; readonly isOn: boolean }
  | { readonly type: "unmute-approved" }
  | { readonly type: "unmute-denied" }
  | { readonly type: "mute"; readonly isMuted: boolean }
  | { readonly type: "mute-answer"; readonly id: string; readonly isMuted: boolean; readonly isDone: boolean };

/** Numbers of Jigasi's short messages. */
const numbers = { "lobby-left": 5, admitted: 6, rejected: 7, "unmute-approved": 9, "unmute-denied": 10 } as const;

/** `i` counts what we have told this phone. */
export function writeInfo(told: TellPhone, i: number): string {
  switch (told.type) {
    case "lobby-entered":
      return JSON.stringify({ t: 3, i });
    case "moderation":
      return JSON.stringify({ t: 8, i, d: told.isOn });
    case "mute":
      return JSON.stringify({ type: "muteRequest", id: String(i), data: { audio: told.isMuted } });
    case "mute-answer":
      return JSON.stringify({
        type: "muteResponse",
        id: told.id,
        status: told.isDone ? "OK" : "FAILED",
        data: { audio: told.isMuted },
      });
    default:
      return JSON.stringify({ t: numbers[told.type], i });
  }
}

function parse(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return objectOf(JSON.parse(body));
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value).slice(0, textAtMost) : "";
}
