import { batch, computed, type ReadonlySignal, signal } from "@preact/signals-core";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import {
  type RecorderPresence,
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
import { tellOfRecording } from "./recording-notices.ts";

export type RecordingProblem = "notAllowed" | "alreadyOn" | "busy" | "unavailable" | "badRequest" | "failed";

export interface RecordingSession extends RecordingStatus {
  readonly viewUrl: string;
  /** The focus has told of it; what only its answer told of is not gone where its presence does not name it. */
  readonly isConfirmed: boolean;
}

const PERMISSIONS: Readonly<Record<RecordingMode, Permission>> = { file: "recording", stream: "livestreaming" };

type Context = Pick<CallContext, "config" | "state" | "connection" | "room">;

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

  constructor(context: Context, permissions: Permissions) {
    this.#context = context;
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
    const isThere = this.#modes.value?.includes(mode) ?? (mode === "file" ? config.recording : config.liveStreaming);
    return isThere && this.#permissions.allow(PERMISSIONS[mode]);
  }

  async start(wish: RecordingWish): Promise<RecordingProblem | undefined> {
    if (this.active(wish.mode)) return "alreadyOn";
    const { connection, room, state } = this.#context;
    const place = room();
    if (!place) return "failed";
    try {
      const answer = await connection.request("set", `${place.jid}/focus`, startRecordingElement(wish));
      const id = readRecordingStarted(answer);
      const status = { id, mode: wish.mode, status: "pending", failure: undefined, placeInLine: 0 } as const;
      if (id && !this.sessions.value.has(id))
        this.#keep({ ...status, by: state.selfId.value, viewUrl: "", isConfirmed: false });
      return undefined;
    } catch (error) {
      return problemOf(error);
    }
  }

  async stop(mode: RecordingMode): Promise<RecordingProblem | undefined> {
    const { connection, room } = this.#context;
    const session = this.active(mode);
    const place = room();
    if (!session || !place) return undefined;
    try {
      await connection.request("set", `${place.jid}/focus`, stopRecordingElement(session.id, mode));
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
      if (!known.isConfirmed) this.#keep({ ...known, isConfirmed: true });
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
    const status = { id: recorder.id, mode: recorder.mode, status: "on", failure: undefined, placeInLine: 0 } as const;
    // Whoever records is there: whatever else is said, it is on.
    if (known?.status !== "on") this.#changed({ ...status, by: known?.by ?? "" });
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
