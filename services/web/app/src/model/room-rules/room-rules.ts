import { signal } from "@preact/signals-core";
import type { JsonMessage } from "../../protocol/conference/chat.ts";
import { readStartMuted, type StartMuted, setStartMuted } from "../../protocol/conference/room-metadata.ts";
import type { Activity, CallContext } from "../call/activity.ts";

type Context = Pick<CallContext, "connection" | "media" | "offers" | "room" | "state">;

const FREE: StartMuted = { audio: false, video: false };

/** How newcomers start: as moderators have said. */
export class RoomRules implements Activity {
  readonly startMuted = signal<StartMuted>(FREE);
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** The server tells everybody of the change, us too. */
  setStartMuted(change: Partial<StartMuted>): void {
    const { connection, offers, room } = this.#context;
    const component = offers.component("room_metadata");
    const jid = room()?.jid;
    if (!component || !jid) return;
    connection.send(setStartMuted(component, connection.newId(), jid, { ...this.startMuted.peek(), ...change }));
  }

  json(message: JsonMessage, from: string): void {
    // What an occupant says in the room is no rule of it.
    const startMuted = from.includes("/") ? undefined : readStartMuted(message);
    if (!startMuted) return;
    this.startMuted.value = startMuted;
    const { media, state } = this.#context;
    // The rules reach us before our own presence does, so the first thing others see is already right.
    if (state.phase.value.name === "joined") return;
    if (startMuted.audio) void media.setAudioMuted(true);
    if (startMuted.video) void media.setVideoMuted(true);
  }
}
