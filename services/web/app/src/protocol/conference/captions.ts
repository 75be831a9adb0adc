// What a transcriber hears (gateway-recorder.md 5.4), as JSON in the room or over the bridge channel.
import { isRecord, textIn } from "../json.ts";
import { childNamed, type XmlElement, xml } from "../xml/element.ts";

export interface Caption {
  /** Later messages of the same id are about the same words. */
  readonly id: string;
  readonly speakerId: string;
  readonly speakerName: string;
  readonly text: string;
  /** As in "en-US". */
  readonly language: string;
  readonly isFinal: boolean;
  readonly isTranslation: boolean;
}

const MAX_TEXT = 2000;

export function readCaption(json: Readonly<Record<string, unknown>>): Caption | undefined {
  const isTranslation = json.type === "translation-result";
  if (!isTranslation && json.type !== "transcription-result") return undefined;
  const said = isTranslation ? json.text : firstOf(json.transcript);
  const { message_id: id, participant, language, is_interim: isInterim } = json;
  if (typeof id !== "string" || typeof said !== "string" || said.trim() === "") return undefined;
  const speaker = isRecord(participant) ? participant : {};
  return {
    id,
    speakerId: textIn(speaker.id),
    speakerName: textIn(speaker.name),
    text: said.slice(0, MAX_TEXT),
    language: textIn(language),
    isFinal: isInterim !== true,
    isTranslation,
  };
}

function firstOf(transcript: unknown): unknown {
  const [first] = Array.isArray(transcript) ? transcript : [];
  return isRecord(first) ? first.text : undefined;
}

/** Whether a transcriber is at work; undefined where the presence is none of a transcriber's. */
export function readTranscriptionStatus(presence: XmlElement): boolean | undefined {
  const status = childNamed(presence, "transcription-status")?.attrs.status?.toUpperCase();
  return status === undefined ? undefined : status === "ON";
}

/** In our presence: we want captions, which is what brings a transcriber. */
export function wantCaptionsElement(isWanted: boolean): XmlElement {
  return xml("jitsi_participant_requestingTranscription", {}, String(isWanted));
}

/** In our presence: the language they should be in. */
export function captionLanguageElement(language: string): XmlElement {
  return xml("jitsi_participant_translation_language", {}, language);
}
