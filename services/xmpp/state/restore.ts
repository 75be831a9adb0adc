import type { Bucket } from "@veche/kit/bus.ts";
import type { Log } from "@veche/kit/log.ts";
import type {
  FeatureState,
  HistoryState,
  LoginState,
  OccupantState,
  RoomState,
  SessionState,
  StateRecordSchema,
} from "@veche/proto/gen/veche/xmpp/v1/state_pb.ts";
import { parseJid } from "../codec/jid.ts";
import { Outgoing } from "../codec/rfc6120-stanza.ts";
import type { HistoryLimits } from "../domain/room.ts";
import { StreamCounts } from "../domain/stream-counts.ts";
import type { Login } from "../sasl/logins.ts";
import type { BoshRestored } from "../stream/bosh-stream.ts";
import { readIdentity } from "../stream/identity.ts";
import { type RoomOf, Session } from "../stream/session.ts";
import type { Sessions } from "../stream/sessions.ts";
import { type Keys, readArrival, readCall, readLogin, readOccupant, readRoom } from "./records.ts";

export type Restored = {
  readonly sessions: readonly Session[];
  readonly rooms: readonly RoomOf[];
  /** What features had kept, by room address, feature and item. */
  readonly features: RestoredFeatures;
  readonly logins: readonly Login[];
  /** In rooms, but their streams can't come back. */
  readonly orphans: readonly { readonly room: RoomOf; readonly nick: string }[];
};

export type RestoredFeatures = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, unknown>>>;

type Given = {
  readonly bucket: Bucket<typeof StateRecordSchema>;
  /** At which revision a record was found. */
  readonly noteRevision: (key: string, revision: number) => void;
  readonly keys: Keys;
  readonly sessions: Sessions;
  readonly adoptBosh: (session: Session, state: BoshRestored) => void;
  readonly history: HistoryLimits;
  /** How long a call is waited for. */
  readonly unaskedCallMs: number;
  readonly now: number;
  readonly log: Log;
};

type Records = {
  readonly sessions: SessionState[];
  readonly rooms: RoomState[];
  readonly occupants: OccupantState[];
  readonly history: HistoryState[];
  readonly features: FeatureState[];
  readonly logins: LoginState[];
};

/** Takes over what a process before this one had. A record that can't be read costs that record, not the start. */
export async function restore(given: Given): Promise<Restored> {
  const records = await readAll(given);
  const sessions = records.sessions
    .map((state) => restoreSession(given, state))
    .filter((session) => session !== undefined);
  const rooms = new Map<string, RoomOf>();
  for (const state of records.rooms) {
    const room = readRoom(state);
    if (room) rooms.set(room.address.jid, room);
  }
  restoreHistory(given, records.history, rooms);
  const orphans = restoreOccupants(given, records.occupants, rooms);
  return {
    sessions,
    rooms: [...rooms.values()],
    orphans,
    features: readFeatures(given, records.features),
    logins: records.logins.map(readLogin),
  };
}

async function readAll({ bucket, keys, log, noteRevision }: Given): Promise<Records> {
  const records: Records = { sessions: [], rooms: [], occupants: [], history: [], features: [], logins: [] };
  for await (const { key, value, revision } of bucket.entries()) {
    if (!key.startsWith(keys.prefix)) continue;
    noteRevision(key, revision);
    const { record } = value;
    if (record.case === "session") records.sessions.push(record.value);
    else if (record.case === "room") records.rooms.push(record.value);
    else if (record.case === "occupant") records.occupants.push(record.value);
    else if (record.case === "history") records.history.push(record.value);
    else if (record.case === "feature") records.features.push(record.value);
    else if (record.case === "login") records.logins.push(record.value);
    else log.warn({ key }, "a record of state is of no kind known here");
  }
  return records;
}

function restoreSession({ sessions, adoptBosh, unaskedCallMs }: Given, state: SessionState): Session | undefined {
  const { transport } = state;
  if (transport.case === undefined) return undefined;
  const session = sessions.restore(state.jid, readArrival(state), Number(state.createdMs), state.id);
  if (!session) return undefined;
  session.identity = readIdentity(state.identity);
  session.machineUid = state.machineUid;
  session.call = readCall(state.call);
  if (session.call) session.resumeMs = unaskedCallMs;
  if (transport.case === "stream") {
    const { received, acknowledged, unacknowledged } = transport.value;
    session.counts = new StreamCounts({
      received: Number(received),
      acknowledged: Number(acknowledged),
      unacknowledged: unacknowledged.map((xml) => new Stored(xml)),
    });
    sessions.wait(session);
    return session;
  }
  const { rid, waitSeconds, answers, queued } = transport.value;
  adoptBosh(session, {
    rid: Number(rid),
    waitSeconds,
    answers: answers.map((answer) => ({ rid: Number(answer.rid), body: answer.body })),
    queued,
  });
  return session;
}

/** Stands in for a client that is gone for good, until the room has been told. */
function endedSession(realJid: string): Session | undefined {
  const jid = parseJid(realJid);
  if (!jid) return undefined;
  const client = { app: "", version: "", browser: "", os: "", isMobileApp: false };
  const session = new Session(jid, { address: "", origin: "", room: "", prefix: "", client }, 0, () => {});
  session.isEnded = true;
  return session;
}

/** A stanza that was written out already, with its receiver in it. */
class Stored extends Outgoing {
  constructor(xml: string) {
    super(xml, "");
  }

  override to(): string {
    return this.head;
  }

  override bytesFor(): number {
    return Buffer.byteLength(this.head);
  }

  override copyTo(target: Buffer, offset: number): number {
    return offset + target.write(this.head, offset);
  }
}

function restoreHistory({ history }: Given, states: readonly HistoryState[], rooms: ReadonlyMap<string, RoomOf>): void {
  const byRoom = Map.groupBy(states, ({ roomJid }) => roomJid);
  for (const [jid, entries] of byRoom) {
    rooms.get(jid)?.restoreHistory(
      entries.map(({ number, sentMs, from, id, payload, author }) => ({
        number: Number(number),
        sentMs: Number(sentMs),
        from,
        id,
        payload,
        author,
      })),
      history,
    );
  }
}

function restoreOccupants(
  { sessions, now }: Given,
  states: readonly OccupantState[],
  rooms: ReadonlyMap<string, RoomOf>,
): Restored["orphans"] {
  const orphans: { room: RoomOf; nick: string }[] = [];
  const inOrder = [...states].sort((a, b) => Number(a.order - b.order));
  for (const state of inOrder) {
    const room = rooms.get(state.roomJid);
    if (!room) continue;
    const session = sessions.byId(state.session);
    const isTheirs = session !== undefined && session.jid.full === state.realJid;
    const receiver = isTheirs ? session : endedSession(state.realJid);
    if (!receiver) continue;
    const occupant = readOccupant(state, receiver, now);
    occupant.isInterrupted = isTheirs && session.counts !== undefined;
    room.add(occupant);
    receiver.rooms.set(room.address.jid, { room, occupant });
    if (!isTheirs) orphans.push({ room, nick: occupant.nick });
  }
  return orphans;
}

function readFeatures({ log }: Given, states: readonly FeatureState[]): RestoredFeatures {
  const byRoom = new Map<string, Map<string, Map<string, unknown>>>();
  for (const { roomJid, feature, item, value } of states) {
    try {
      const parsed: unknown = JSON.parse(value);
      const byFeature = byRoom.get(roomJid) ?? new Map<string, Map<string, unknown>>();
      const items = byFeature.get(feature) ?? new Map<string, unknown>();
      byRoom.set(roomJid, byFeature.set(feature, items.set(item, parsed)));
    } catch {
      log.warn({ feature, item }, "what a feature kept can't be read");
    }
  }
  return byRoom;
}
