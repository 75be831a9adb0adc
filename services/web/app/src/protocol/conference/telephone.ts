// Telephones in the room, as gateways announce them (gateway-recorder.md 5.2).
import { textOfChild, type XmlElement } from "../xml/element.ts";

/** With the names of Jitsi's `presenceStatus` texts, and what it has no word for. */
export type PhoneState =
  | "initializingCall"
  | "calling"
  | "connecting"
  | "ringing"
  | "connected"
  | "onHold"
  | "busy"
  | "rejected"
  | "noAnswer"
  | "failed"
  | "disconnected";

/** By what gateways write, in small letters and without the dots at the end. */
const STATES: ReadonlyMap<string, PhoneState> = new Map([
  ["initializing call", "initializingCall"],
  ["initiating call", "initializingCall"],
  ["calling", "calling"],
  ["connecting", "connecting"],
  ["early media", "ringing"],
  ["ringing", "ringing"],
  ["connected", "connected"],
  ["on hold", "onHold"],
  ["busy", "busy"],
  ["rejected", "rejected"],
  ["no answer", "noAnswer"],
  ["expired", "noAnswer"],
  ["ignored", "noAnswer"],
  ["failed", "failed"],
  ["not found", "failed"],
  ["disconnected", "disconnected"],
]);

/** Those in which somebody has picked up; words that we do not know count as such. */
const ANSWERED: ReadonlySet<PhoneState | undefined> = new Set(["connected", "onHold", undefined]);

const MAX_STATUS_CHARACTERS = 100;

/** What a gateway says of its call: "Ringing...", "Connected". */
export function readCallStatus(presence: XmlElement): string {
  return (textOfChild(presence, "status") ?? "").trim().slice(0, MAX_STATUS_CHARACTERS);
}

/** Undefined for words that no gateway is known to use. */
export function phoneStateOf(status: string): PhoneState | undefined {
  return STATES.get(status.toLowerCase().replace(/[\s.…*]+$/u, ""));
}

/** Nothing is to be said of the call but that it is there. */
export function isTalking(callStatus: string): boolean {
  return callStatus === "" || phoneStateOf(callStatus) === "connected";
}

/** Whether a call brings somebody: one that rings, or rang in vain, is in the room with nobody behind it. */
export function isAnswered(callStatus: string): boolean {
  return ANSWERED.has(phoneStateOf(callStatus));
}
