import { VecheError } from "@veche/kit/errors.ts";
import type { CallPresence, EnterRoomRequest } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import type { Rate } from "../domain/token-bucket.ts";

export type CallLimits = {
  readonly perGateway: number;
  readonly idLength: number;
  /** Of a display name and of a status. */
  readonly textLength: number;
  readonly phoneLength: number;
  readonly headers: number;
  readonly headerNameLength: number;
  readonly headerValueLength: number;
  /** A gateway that is silent for so long has no calls. */
  readonly silentMs: number;
  /** A call that its gateway does not ask for again is over. */
  readonly unaskedMs: number;
  /** How often a gateway hears that others came or went. */
  readonly countsPerCall: Rate;
  /** Dialling out: an answer to it; at once by one person. */
  readonly dialMs: number;
  readonly dialsAtOnce: number;
};

/** What a call shows and its gateway may change. */
export type Showing = { readonly audioMuted: boolean; readonly raisedHandMs: number; readonly status: string };

/** A wish to come in, with nothing in it that could not be shown. */
export type Wish = {
  readonly call: string;
  readonly gateway: string;
  readonly instance: string;
  /** Address of the room. */
  readonly roomJid: string;
  readonly endpoint: string;
  readonly displayName: string;
  readonly phone: string;
  readonly password: string;
  readonly region: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly showing: Showing;
};

const identifier = /^[A-Za-z0-9._-]+$/;
const nickname = /^[0-9a-f]{8}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/;

/** Throws `invalid-argument`. */
export function readWish(request: EnterRoomRequest, limits: CallLimits & { readonly passwordLength: number }): Wish {
  const { endpoint, room, headers } = request;
  if (!nickname.test(endpoint)) bad(`endpoint: expected eight hexadecimal digits, found "${endpoint.slice(0, 40)}"`);
  const names = Object.keys(headers);
  if (names.length > limits.headers) bad(`headers: expected at most ${limits.headers}, found ${names.length}`);
  for (const [name, value] of Object.entries(headers)) {
    if (name === "") bad("headers: expected a name for each");
    line("name of a header", name, limits.headerNameLength);
    line("value of a header", value, limits.headerValueLength);
  }
  return {
    call: id("call", request.call, limits),
    gateway: id("gateway", request.gateway, limits),
    instance: id("instance", request.instance, limits),
    roomJid: room?.jid ?? "",
    endpoint,
    displayName: line("display_name", request.displayName, limits.textLength),
    phone: line("phone", request.phone, limits.phoneLength),
    password: line("password", request.password, limits.passwordLength),
    region: line("region", request.region, limits.idLength),
    headers: { ...headers },
    showing: readShowing(request.presence, limits),
  };
}

/** Throws `invalid-argument`. */
export function readShowing(presence: CallPresence | undefined, limits: CallLimits): Showing {
  const raisedHandMs = Number(presence?.raisedHandMs ?? 0n);
  if (!Number.isSafeInteger(raisedHandMs)) bad("raised_hand_ms: expected milliseconds since the epoch");
  return {
    audioMuted: presence?.audioMuted ?? false,
    raisedHandMs,
    status: line("status", presence?.status ?? "", limits.textLength),
  };
}

function id(what: string, text: string, { idLength }: CallLimits): string {
  if (identifier.test(text) && text.length <= idLength) return text;
  return bad(`${what}: expected 1 to ${idLength} letters, digits, ".", "_" or "-", found "${text.slice(0, 40)}"`);
}

/** Text of one line. What is personal is not repeated in the error. */
function line(what: string, text: string, maxLength: number): string {
  if (text.length > maxLength) bad(`${what}: expected at most ${maxLength} characters, found ${text.length}`);
  if (controls.test(text) || !text.isWellFormed()) bad(`${what}: expected a line without control characters`);
  return text;
}

function bad(text: string): never {
  throw new VecheError("invalid-argument", text);
}
