import { batch, computed, type ReadonlySignal, signal } from "@preact/signals-core";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import {
  changeRecordingElement,
  type RecorderPresence,
  type RecordingChange,
  type RecordingMode,
  type RecordingStatus,
  type RecordingWish,
  readRecorder,
  readRecorderModes,
  readRecordingStarted,
  readRecordingStatuses,
  startRecordingElement,
  stopRecordingElement,
} from "../../protocol/conference/recording.ts";
import type { XmlElement } from "../../protocol/xml/element.ts";
import { StanzaError } from "../../protocol/xmpp/stanza.ts";
import type { Activity, CallContext } from "../call/activity.ts";
import type { Permission, Permissions } from "../call/permissions.ts";
import { noteOwnRecording } from "./own-recordings.ts";
import { tellOfRecording } from "./recording-notices.ts";

export type RecordingProblem =
  | "notAllowed"
  | "alreadyOn"
  | "busy"
  | "unavailable"
  | "badRequest"
  | "encrypted"
  | "failed";

export interface RecordingSession extends RecordingStatus {
  readonly viewUrl: string;
  /** The focus has told of it; what only its answer told of is not gone where its presence does not name it. */
  readonly isConfirmed: boolean;
}

const PERMISSIONS: Readonly<Record<RecordingMode, Permission>> = { file: "recording", stream: "livestreaming" };

type Context = Pick<CallContext, "config" | "state" | "connection" | "room" | "roomName">;

/** The meeting on its way into a file or to a streaming service. */
export class Recording implements Activity {
  readonly sessions = signal<ReadonlyMap<string, RecordingSession>>(new Map());
  readonly file: ReadonlySignal<RecordingSession | undefined>;
  readonly stream: ReadonlySignal<RecordingSession | undefined>;
  readonly #context: Context;
  readonly #permissions: Permissions;
  readonly #modes = signal<readonly RecordingMode[] | undefined>(undefined);
  /** The recorders in the room, by their endpoint ids. */
  readonly #recorders = new Map<string, RecorderPresence>();

  readonly #isSealed: () => boolean;

  constructor(context: Context, permissions: Permissions, isSealed: () => boolean) {
    this.#context = context;
    this.#isSealed = isSealed;
    this.#permissions = permissions;
    const active = (mode: RecordingMode) =>
      computed(() => [...this.sessions.value.values()].find((each) => each.mode === mode && each.status !== "off"));
    this.file = active("file");
    this.stream = active("stream");
  }

  active(mode: RecordingMode): RecordingSession | undefined {
    return (mode === "file" ? this.file : this.stream).value;
  }

  /** A recorder is there for it, and we may tell it what to do. Reads signals. */
  isOffered(mode: RecordingMode): boolean {
    const { config } = this.#context;
    const wish = mode === "file" ? config.recording : config.liveStreaming;
    const modes = this.#modes.value;
    const isThere = modes === undefined ? wish === true : wish !== false && modes.includes(mode);
    return isThere && this.#permissions.allow(PERMISSIONS[mode]);
  }

  /** Nothing can be recorded that only those with the secret can open. Reads signals. */
  get isSealed(): boolean {
    return this.#isSealed();
  }

  async start(wish: RecordingWish): Promise<RecordingProblem | undefined> {
    if (this.active(wish.mode)) return "alreadyOn";
    if (this.isSealed) return "encrypted";
    return this.#ask(startRecordingElement(wish), (answer) => {
      const { id, ownerKey } = readRecordingStarted(answer);
      if (!id) return;
      const { state, roomName } = this.#context;
      if (ownerKey) noteOwnRecording({ id, key: ownerKey, room: state.subject.peek() || roomName, at: Date.now() });
      if (!this.sessions.value.has(id))
        this.#keep({ ...justHeardOf(id, wish.mode, "pending"), layout: wish.layout, by: state.selfId.value });
    });
  }

  async stop(mode: RecordingMode): Promise<RecordingProblem | undefined> {
    const session = this.active(mode);
    return session && this.#ask(stopRecordingElement(session.id, mode));
  }

  /** The layout of what is recorded, or where a stream goes, while it runs. */
  async change(mode: RecordingMode, change: RecordingChange): Promise<RecordingProblem | undefined> {
    const session = this.active(mode);
    return session && this.#ask(changeRecordingElement(session.id, change));
  }

  async #ask(
    element: XmlElement,
    answered: (answer: XmlElement) => void = () => {},
  ): Promise<RecordingProblem | undefined> {
    const { connection, room } = this.#context;
    const place = room();
    if (!place) return "failed";
    try {
      answered(await connection.request("set", `${place.jid}/focus`, element));
      return undefined;
    } catch (error) {
      return problemOf(error);
    }
  }

  presence(stanza: XmlElement, occupant: Occupant): void {
    if (occupant.isFocus) this.#heardOfFocus(stanza);
    else if (occupant.isHidden) this.#heardOfRecorder(stanza, occupant.id);
  }

  left(): void {
    this.#recorders.clear();
    this.#modes.value = undefined;
  }

  #heardOfFocus(stanza: XmlElement): void {
    if (stanza.attrs.type === "unavailable") return;
    this.#modes.value = readRecorderModes(stanza);
    const statuses = readRecordingStatuses(stanza);
    batch(() => {
      for (const status of statuses) this.#changed(status);
      const named = new Set(statuses.map(({ id }) => id));
      const present = new Set([...this.#recorders.values()].map(({ id }) => id));
      for (const session of this.sessions.value.values()) {
        // It ended while we were away.
        if (session.isConfirmed && !named.has(session.id) && !present.has(session.id)) this.#drop(session.id);
      }
    });
  }

  #changed(status: RecordingStatus): void {
    const known = this.sessions.value.get(status.id);
    // What ended before we came is nobody's news; what is repeated is none either.
    if (!known && status.status === "off") return;
    if (known?.status === status.status && known.placeInLine === status.placeInLine) {
      const { layout, targets } = status;
      const now = { ...known, layout: layout ?? known.layout, targets, isConfirmed: true };
      if (JSON.stringify(now) !== JSON.stringify(known)) this.#keep(now);
      return;
    }
    // Who has begun it has not ended it.
    const by = status.by || (status.status === "off" ? "" : (known?.by ?? ""));
    const session = { ...status, by, viewUrl: known?.viewUrl ?? "", isConfirmed: true };
    this.#keep(session);
    tellOfRecording(this.#context.state, known, session);
    if (status.status === "off") this.#drop(status.id);
  }

  #heardOfRecorder(stanza: XmlElement, id: string): void {
    const recorder = readRecorder(stanza);
    if (stanza.attrs.type === "unavailable") this.#recorders.delete(id);
    if (!recorder || stanza.attrs.type === "unavailable") return;
    this.#recorders.set(id, recorder);
    const known = this.sessions.value.get(recorder.id);
    // Whoever records is there: whatever else is said, it is on.
    if (known?.status !== "on")
      this.#changed({ ...justHeardOf(recorder.id, recorder.mode, "on"), ...heardBefore(known) });
    const session = this.sessions.value.get(recorder.id);
    if (session && session.viewUrl !== recorder.viewUrl) this.#keep({ ...session, viewUrl: recorder.viewUrl });
  }

  #keep(session: RecordingSession): void {
    this.sessions.value = new Map(this.sessions.value).set(session.id, session);
  }

  #drop(id: string): void {
    const sessions = new Map(this.sessions.value);
    sessions.delete(id);
    this.sessions.value = sessions;
  }
}

/** Of which nothing more is known. */
function justHeardOf(id: string, mode: RecordingMode, status: "pending" | "on"): RecordingSession {
  const nothing = { by: "", failure: undefined, placeInLine: 0, layout: undefined, targets: [], viewUrl: "" };
  return { id, mode, status, ...nothing, isConfirmed: false };
}

/** What a recorder does not say of itself. */
function heardBefore(known: RecordingSession | undefined) {
  return known && { by: known.by, layout: known.layout, targets: known.targets };
}

function problemOf(error: unknown): RecordingProblem {
  if (!(error instanceof StanzaError)) return "failed";
  switch (error.condition) {
    case "forbidden":
    case "not-allowed":
    case "not-authorized":
      return "notAllowed";
    case "unexpected-request":
      return "alreadyOn";
    case "resource-constraint":
      return "busy";
    case "service-unavailable":
    case "feature-not-implemented":
      return "unavailable";
    case "bad-request":
      return "badRequest";
    default:
      return "failed";
  }
}
