import type { Bus } from "@veche/kit/bus.ts";
import { filterOf } from "@veche/kit/subject.ts";
import { conference } from "@veche/proto/facts.ts";
import { streams } from "@veche/proto/storage.ts";
import { emptyMemory, type Memory, remember } from "../domain/memory.ts";
import { fromStored } from "./facts.ts";

export type OpenSession = { readonly tenant: string; readonly room: string; readonly session: string };

/** The stream of facts, read back: which sittings are open, and what happened in one. */
export class Archive {
  readonly #bus: Bus;

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  /** Sittings of this unit that have begun and not ended, oldest first; of one room, or of all. */
  async openSessions(unit: string, of: Partial<Pick<OpenSession, "tenant" | "room">> = {}): Promise<OpenSession[]> {
    const open = new Map<string, OpenSession>();
    for await (const { subject, body } of this.#bus.latest(
      streams.conference,
      filterOf(conference.sessionStarted, of),
    )) {
      const [, , tenant, room, session] = subject.split(".");
      const fact = fromStored(subject, body);
      if (fact?.name !== "sessionStarted" || fact.body.unit !== unit) continue;
      if (tenant && room && session) open.set(session, { tenant, room, session });
    }
    for await (const { subject } of this.#bus.latest(streams.conference, filterOf(conference.sessionEnded, of))) {
      open.delete(subject.split(".")[4] ?? "");
    }
    return [...open.values()];
  }

  /** What the facts of a sitting say, up to now. */
  async recall({ tenant, room, session }: OpenSession): Promise<Memory> {
    let memory = emptyMemory;
    const filter = `${filterOf(conference.sessionStarted, { tenant, room, session }).split(".").slice(0, 5).join(".")}.>`;
    for await (const { subject, body } of this.#bus.replay(streams.conference, filter)) {
      const fact = fromStored(subject, body);
      if (fact) memory = remember(memory, fact);
    }
    return memory;
  }
}
