// Recording and streaming (focus.md 3.9, gateway-recorder.md 5.8): asked of the focus, told in its presence.
import { childNamed, childrenNamed, textOfChild, type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { resourceOf } from "../xmpp/stanza.ts";

/** To a file, or to a service that shows it to the world. */
export type RecordingMode = "file" | "stream";

export const RECORDING_MODES: readonly RecordingMode[] = ["file", "stream"];

export interface RecordingStatus {
  readonly id: string;
  readonly mode: RecordingMode;
  readonly status: "pending" | "on" | "off";
  /** Endpoint id of who started or stopped it; "" where nobody says so. */
  readonly by: string;
  readonly failure: "busy" | "error" | undefined;
  /** How many have to be done before, where all recorders are taken; 0 where it is not said. */
  readonly placeInLine: number;
}

/** What the focus says of all of them in one presence. */
export function readRecordingStatuses(presence: XmlElement): readonly RecordingStatus[] {
  return childrenNamed(presence, "jibri-recording-status", NS.jibri)
    .map(readStatus)
    .filter((each) => each !== undefined);
}

function readStatus({ attrs }: XmlElement): RecordingStatus | undefined {
  const { session_id: id, status, initiator, failure_reason: failure, queue_position: place } = attrs;
  const mode = modeOf(attrs.recording_mode);
  if (!id || !mode || (status !== "pending" && status !== "on" && status !== "off")) return undefined;
  return {
    id,
    mode,
    status,
    by: resourceOf(initiator),
    failure: failure ? (failure === "busy" ? "busy" : "error") : undefined,
    placeInLine: /^\d{1,4}$/.test(place ?? "") ? Number(place) : 0,
  };
}

function modeOf(text: string | undefined): RecordingMode | undefined {
  return RECORDING_MODES.find((mode) => mode === text?.toLowerCase());
}

export interface RecorderPresence {
  readonly id: string;
  readonly mode: RecordingMode;
  /** Where a stream can be watched; "" where that is not known. */
  readonly viewUrl: string;
}

/** What a recorder says of itself while it is in the room. */
export function readRecorder(presence: XmlElement): RecorderPresence | undefined {
  const id = textOfChild(presence, "session_id");
  const mode = modeOf(textOfChild(presence, "mode"));
  if (!id || !mode) return undefined;
  const url = textOfChild(presence, "live-stream-view-url") ?? "";
  const isLink = URL.canParse(url) && ["http:", "https:"].includes(new URL(url).protocol);
  return { id, mode, viewUrl: isLink ? url : "" };
}

/** Of the features that Jibri announces. */
const RECORDER_FEATURE = "http://jitsi.org/protocol/jibri";

/** What a recorder tells the room of itself, an element each. */
export function recorderElements({ id, mode, viewUrl }: RecorderPresence): readonly XmlElement[] {
  return [
    xml("features", {}, xml("feature", { var: RECORDER_FEATURE })),
    ...(id === "" ? [] : [xml("mode", {}, mode), xml("session_id", {}, id)]),
    ...(viewUrl === "" ? [] : [xml("live-stream-view-url", {}, viewUrl)]),
  ];
}

const MODES_PROPERTY = "recorder-modes";

/** Which kinds a recorder is there for, as our focus says; undefined where it does not say. */
export function readRecorderModes(presence: XmlElement): readonly RecordingMode[] | undefined {
  const properties = childrenNamed(childNamed(presence, "conference-properties", NS.focus), "property");
  const said = properties.find(({ attrs }) => attrs.key === MODES_PROPERTY)?.attrs.value;
  return said?.split(/[\s,]+/).flatMap((each) => modeOf(each) ?? []);
}

export interface RecordingWish {
  readonly mode: RecordingMode;
  /** Key or address of the service a stream goes to. */
  readonly streamKey?: string;
  /** Where it can be watched, for those in the meeting. */
  readonly viewUrl?: string;
  /** Whether everybody in the meeting gets the file. */
  readonly isShared?: boolean;
}

export function startRecordingElement({ mode, streamKey, viewUrl, isShared }: RecordingWish): XmlElement {
  const metadata = { file_recording_metadata: { share: isShared === true } };
  return xml("jibri", {
    xmlns: NS.jibri,
    action: "start",
    recording_mode: mode,
    streamid: streamKey,
    you_tube_broadcast_id: viewUrl || undefined,
    app_data: mode === "file" ? JSON.stringify(metadata) : undefined,
  });
}

export function stopRecordingElement(id: string, mode: RecordingMode): XmlElement {
  return xml("jibri", { xmlns: NS.jibri, action: "stop", recording_mode: mode, session_id: id });
}

/** The id of the session that was begun. */
export function readRecordingStarted(answer: XmlElement): string {
  return childNamed(answer, "jibri", NS.jibri)?.attrs.session_id ?? "";
}
