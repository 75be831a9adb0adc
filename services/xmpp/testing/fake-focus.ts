import type { MessageShape } from "@bufbuild/protobuf";
import type { Bus } from "@veche/kit/bus.ts";
import type { VecheError } from "@veche/kit/errors.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import type {
  AcceptSessionRequestSchema,
  ControlRecordingRequest,
  ControlRecordingResponse,
  DialOutRequest,
  RequestConferenceRequestSchema,
} from "@veche/proto/gen/veche/focus/v1/focus_pb.ts";
import { Affiliation, type RoomPolicy, type RoomRef } from "@veche/proto/gen/veche/xmpp/v1/xmpp_pb.ts";
import { focus, muc, xmpp } from "@veche/proto/subjects.ts";

export const unit = "main";

/** A focus as far as the XMPP server sees one: it opens rooms, and notes what it is asked and told. */
export class FakeFocus {
  readonly bus: Bus;
  readonly heard: { readonly type: string; readonly message: unknown }[] = [];
  readonly asked: { readonly type: string; readonly message: unknown }[] = [];
  readonly accepted: MessageShape<typeof AcceptSessionRequestSchema>[] = [];
  /** The rooms it was asked for, and what they said of themselves when they were opened, by address. */
  readonly refs = new Map<string, RoomRef>();
  readonly policies = new Map<string, RoomPolicy>();
  /** Makes the next answers wait. */
  gate: Promise<void> = Promise.resolve();
  refusal: VecheError | undefined;
  /** Why it does not open a room for somebody. */
  refuse: (request: MessageShape<typeof RequestConferenceRequestSchema>) => VecheError | undefined = () => undefined;
  /** How it answers who wants to record. */
  recording: (
    request: ControlRecordingRequest,
  ) => Partial<Pick<ControlRecordingResponse, "sessionId" | "status" | "ownerKey">> = ({ sessionId }) => {
    return { sessionId, status: "pending" };
  };
  /** How it answers who dials. */
  dial: (request: DialOutRequest) => { endpoint: string } = () => ({ endpoint: "0badcafe" });
  #listeners: (() => void)[] = [];

  constructor(on: MemoryNetwork | Bus) {
    this.bus = on instanceof MemoryNetwork ? new MemoryBus(on, { role: "focus" }) : on;
    for (const [type, contract] of Object.entries(muc)) {
      if (contract === muc.serverUp) {
        this.bus.subscribe(muc.serverUp, (message) => this.#hear(type, message));
      } else {
        this.bus.subscribe(contract as typeof muc.occupantJoined, (message) => this.#hear(type, message));
      }
    }
    this.bus.serve(focus.requestConference, async (request) => {
      this.asked.push({ type: "requestConference", message: request });
      await this.gate;
      const refusal = this.refusal ?? this.refuse(request);
      if (refusal) throw refusal;
      await this.openRoom(request.room);
      return {
        ready: true,
        focusJid: "focus@auth.meet.jitsi",
        properties: { authentication: "false", "visitors-supported": "false" },
      };
    });
    this.#serve("acceptSession", focus.acceptSession);
    this.#serve("addSources", focus.addSources);
    this.#serve("removeSources", focus.removeSources);
    this.#serve("terminateSession", focus.terminateSession);
    this.#serve("restartIce", focus.restartIce);
    this.#serve("updateTransport", focus.updateTransport);
    this.#serve("requestMute", focus.requestMute);
    this.bus.serve(focus.controlRecording, (request) => {
      this.asked.push({ type: "controlRecording", message: request });
      if (this.refusal) throw this.refusal;
      return this.recording(request);
    });
    this.bus.serve(focus.dialOut, async (request) => {
      this.asked.push({ type: "dialOut", message: request });
      await this.gate;
      if (this.refusal) throw this.refusal;
      return this.dial(request);
    });
  }

  async openRoom(room: RoomRef | undefined) {
    const request = { room, presence: { properties: { "bridge-count": "1" } } };
    const opened = await this.bus.request(xmpp.openRoom, { unit }, request);
    if (room) this.refs.set(room.jid, room);
    if (room && opened.snapshot?.policy) this.policies.set(room.jid, opened.snapshot.policy);
    return opened;
  }

  /** Makes somebody a moderator. */
  async grant(roomJid: string, endpoint: string, affiliation = Affiliation.OWNER): Promise<void> {
    const room = this.refs.get(roomJid);
    await this.bus.request(xmpp.setAffiliation, { unit }, { room, endpoint, affiliation });
  }

  /** What was heard of that type, in order. */
  of<T = Record<string, unknown>>(type: string): T[] {
    return this.heard.filter((one) => one.type === type).map(({ message }) => message as T);
  }

  async hears(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => void this.#listeners.push(resolve));
  }

  close(): void {
    void this.bus[Symbol.asyncDispose]();
  }

  #hear(type: string, message: unknown): void {
    this.heard.push({ type, message });
    for (const listener of this.#listeners.splice(0)) listener();
  }

  #serve(
    type: string,
    contract: typeof focus.acceptSession | (typeof focus)[keyof Omit<typeof focus, "focusUp">],
  ): void {
    this.bus.serve(contract as typeof focus.acceptSession, async (message) => {
      this.asked.push({ type, message });
      await this.gate;
      if (this.refusal) throw this.refusal;
      if (type === "acceptSession") this.accepted.push(message);
      return {};
    });
  }
}
