// Recording and streaming (focus.md 3.9, gateway-recorder.md 5.8): asked of the focus, told in its presence. What Jitsi has
// no words for is in `urn:veche:recording`: the layout, the addresses of a stream, and changes while it runs.
import { childNamed, childrenNamed, textOfChild, type XmlElement, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { resourceOf } from "../xmpp/stanza.ts";

/** To a file, or to a service that shows it to the world. */
export type RecordingMode = "file" | "stream";

export const RECORDING_MODES: readonly RecordingMode[] = ["file", "stream"];

/** What is kept: the meeting as it is seen, a file for each source, or everybody's sound in one file. */
export const CAPTURES = ["composite", "tracks", "audio"] as const;
export type Capture = (typeof CAPTURES)[number];

export const LAYOUTS = ["speaker", "grid", "screen"] as const;
/**
 * speaker: a shared screen or else who speaks, large, and the others in a strip. grid: all alike. screen: a shared
 * screen as large as it goes and who spoke last beside it; as `speaker` while no screen is shared.
 */
export type RecordingLayout = (typeof LAYOUTS)[number];

export const MAX_TARGETS = 5;

const TARGET_STATES = ["pending", "on", "retrying", "off"] as const;

/** One address of a stream, as far as it may be told. */
export interface StreamTarget {
  readonly id: string;
  readonly host: string;
  readonly state: (typeof TARGET_STATES)[number];
}

export interface RecordingStatus {
  readonly id: string;
  readonly mode: RecordingMode;
  readonly status: "pending" | "on" | "off";
  /** Endpoint id of who started or stopped it; "" where nobody says so. */
  readonly by: string;
  readonly failure: "busy" | "error" | undefined;
  /** How many have to be done before, where all recorders are taken; 0 where it is not said. */
  readonly placeInLine: number;
  /** Undefined where there is no picture, or the focus does not say. */
  readonly layout: RecordingLayout | undefined;
  readonly targets: readonly StreamTarget[];
}

/** What the focus says of all of them in one presence. */
export function readRecordingStatuses(presence: XmlElement): readonly RecordingStatus[] {
  return childrenNamed(presence, "jibri-recording-status", NS.jibri)
    .map(readStatus)
    .filter((each) => each !== undefined);
}

function readStatus(element: XmlElement): RecordingStatus | undefined {
  const { attrs } = element;
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
    layout: layoutOf(attrs.layout),
    targets: childrenNamed(element, "target", NS.vecheRecording).map(readTarget).slice(0, MAX_TARGETS),
  };
}

export function layoutOf(text: unknown): RecordingLayout | undefined {
  return LAYOUTS.find((each) => each === text);
}

function readTarget({ attrs }: XmlElement): StreamTarget {
  const state = TARGET_STATES.find((each) => each === attrs.state) ?? "pending";
  return { id: attrs.id ?? "", host: attrs.host ?? "", state };
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
  readonly capture?: Capture;
  readonly layout?: RecordingLayout;
}

export function startRecordingElement(wish: RecordingWish): XmlElement {
  const { mode, streamKey, viewUrl } = wish;
  return xml("jibri", {
    xmlns: NS.jibri,
    action: "start",
    recording_mode: mode,
    streamid: streamKey,
    you_tube_broadcast_id: viewUrl || undefined,
    app_data: appDataOf(wish),
  });
}

/** JSON, of which Jibri passes over what it does not know. */
function appDataOf({ mode, isShared, capture, layout }: RecordingWish): string | undefined {
  const ours = { mode: capture, layout };
  const data = {
    ...(mode === "file" && { file_recording_metadata: { share: isShared === true } }),
    ...((capture !== undefined || layout !== undefined) && { veche: ours }),
  };
  return Object.keys(data).length === 0 ? undefined : JSON.stringify(data);
}

export function stopRecordingElement(id: string, mode: RecordingMode): XmlElement {
  return xml("jibri", { xmlns: NS.jibri, action: "stop", recording_mode: mode, session_id: id });
}

/** What is to be otherwise while it runs. */
export interface RecordingChange {
  readonly layout?: RecordingLayout;
  /** Key or address. */
  readonly addTarget?: string;
  /** Its id. */
  readonly removeTarget?: string;
}

export function changeRecordingElement(id: string, { layout, addTarget, removeTarget }: RecordingChange): XmlElement {
  return xml("recording", {
    xmlns: NS.vecheRecording,
    session_id: id,
    layout,
    add_target: addTarget,
    remove_target: removeTarget,
  });
}

/** The session that was begun, and what its starter alone is told: the key to what will have been recorded. */
export interface RecordingStart {
  readonly id: string;
  readonly ownerKey: string;
}

export function readRecordingStarted(answer: XmlElement): RecordingStart {
  const { session_id: id = "", owner_key: ownerKey = "" } = childNamed(answer, "jibri", NS.jibri)?.attrs ?? {};
  return { id, ownerKey };
}
