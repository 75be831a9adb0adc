import type { Jid } from "../codec/jid.ts";
import { Address, type Outgoing } from "../codec/rfc6120-stanza.ts";
import type { StreamCondition } from "../codec/rfc6120-stream.ts";
import { ackRequest, writeAck } from "../codec/xep0198-stream-management.ts";
import type { Element } from "../codec/xml/element.ts";
import type { Occupant, Room, RoomAddress } from "../domain/room.ts";
import { type Acknowledged, StreamCounts } from "../domain/stream-counts.ts";
import type { ClientFacts } from "../domain/user-agent.ts";
import { anonymous, type Identity } from "./identity.ts";

/** What carries a session's stanzas at the moment. */
export interface Link {
  readonly kind: "websocket" | "tcp" | "bosh" | "call";
  /** An element of the stream. Never waits. */
  write(xml: string): void;
  /** A stanza. Never waits. */
  send(stanza: Outgoing, address: Address): void;
  /** Ends the connection; with a condition, says why first. */
  end(condition?: StreamCondition, text?: string): void;
}

/** How a client came: from the request that opened its connection. */
export type Arrival = {
  readonly address: string;
  /** Scheme and host the client used, "wss://meet.example". */
  readonly origin: string;
  readonly room: string;
  readonly prefix: string;
  readonly client: ClientFacts;
  /** JWT of the connection's address; forgotten once it has been looked at. */
  readonly token?: string;
};

export function withoutToken({ token: _, ...arrival }: Arrival): Arrival {
  return arrival;
}

export type RoomOf = Room<Session>;
export type OccupantOf = Occupant<Session>;

/** A telephone call of a gateway: the client of such a session is in this process. */
export type KeptCall = {
  readonly call: string;
  readonly gateway: string;
  /** Of the gateway. */
  readonly instance: string;
  readonly room: RoomAddress;
  readonly endpoint: string;
  /** Number or SIP address at the other end. */
  readonly phone: string;
};

/** A client that has not answered a request for an acknowledgement for so long may be out of reach. */
const stalledMs = 3_000;

/** How many stanzas are sent before the client is asked what it has. */
const stanzasPerAckRequest = 16;

/** A signed-in client with a resource. It outlives its connection when it can be resumed. */
export class Session {
  readonly jid: Jid;
  readonly createdMs: number;
  /** Stream-management id or BOSH sid; "" where the stream can't be gone on with. */
  id = "";
  arrival: Arrival;
  identity: Identity = anonymous;
  /** What its client said of the machine it runs on; "" before it asked for a conference. */
  machineUid = "";
  link: Link | undefined;
  counts: StreamCounts<Outgoing> | undefined;
  call: KeptCall | undefined;
  /** Rooms it is in, by the address of the room. */
  readonly rooms = new Map<string, { readonly room: RoomOf; readonly occupant: OccupantOf }>();
  /** Ids of IQs that the server has asked of its client and that have no answer yet. */
  readonly #awaited = new Set<string>();
  isEnded = false;
  /** How long it is waited for when its connection is gone, where its client asked for less than the server allows. */
  resumeMs: number | undefined;
  /** Its connection is there, but the client has not acknowledged anything for a while. */
  isStalled = false;
  readonly #address: Address;
  readonly #changed: (session: Session, change: SessionChange) => void;
  #askedAt = 0;
  #askedMs: number | undefined;
  #wantsAck = false;

  awaits(id: string): void {
    this.#awaited.add(id);
  }

  awaitsNoMore(id: string): void {
    this.#awaited.delete(id);
  }

  /** Whether a stanza answers what the server asked: true once for each question. */
  isAnswer(stanza: Element): boolean {
    const { type, id = "" } = stanza.attrs;
    return (type === "result" || type === "error") && stanza.name === "iq" && this.#awaited.delete(id);
  }

  constructor(
    jid: Jid,
    arrival: Arrival,
    createdMs: number,
    changed: (session: Session, change: SessionChange) => void,
  ) {
    this.jid = jid;
    this.#address = new Address(jid.full);
    this.arrival = arrival;
    this.createdMs = createdMs;
    this.#changed = changed;
  }

  /** The stream may be gone on with by a new connection. */
  get isResumable(): boolean {
    return this.counts !== undefined && this.id !== "";
  }

  send(stanza: Outgoing): void {
    if (this.isEnded) return;
    const { counts, link } = this;
    counts?.send(stanza);
    link?.send(stanza, this.#address);
    this.#changed(this, link ? "sent" : "queued");
    if (counts && link && counts.sent - this.#askedAt >= stanzasPerAckRequest) this.#askForAck();
  }

  /** The stanzas that were not acknowledged, as they went out. */
  get unacknowledged(): readonly string[] {
    return this.counts?.unacknowledged.map((stanza) => stanza.to(this.#address)) ?? [];
  }

  /**
   * Called every second or so. Asks for what is still open, and notices a client that does not answer: it may be out of
   * reach without anybody knowing, so what it has not seen has to be kept like that of one who is away.
   */
  lookAfterAcks(now: number): void {
    const { counts } = this;
    if (!counts || !this.link || counts.unacknowledged.length === 0) return;
    if (counts.sent !== this.#askedAt) this.#askForAck();
    this.#askedMs ??= now;
    if (this.isStalled || now - this.#askedMs < stalledMs) return;
    this.isStalled = true;
    this.#changed(this, "queued");
  }

  /** A stanza of the client was worked on. */
  received(stanza: Element): void {
    this.counts?.receive();
    this.#changed(this, stanza.name === "message" ? "message-received" : "received");
  }

  /** `id` is "" where the client does not want to come back. */
  enableStreamManagement(id: string): void {
    this.id = id;
    this.counts = new StreamCounts();
    this.#changed(this, "opened");
  }

  #askForAck(): void {
    if (!this.counts || !this.link) return;
    this.#askedAt = this.counts.sent;
    this.link.write(ackRequest);
  }

  /** The client asks what we have: it hears of what is safe, now or once it is. */
  requestAck(): void {
    const { counts } = this;
    if (!counts) return;
    if (!this.isResumable) counts.store(counts.received);
    this.#wantsAck = true;
    if (counts.stored === counts.received) this.acknowledge();
    else this.#changed(this, "received");
  }

  /** Everything up to `received` is safe. */
  stored(received: number): void {
    this.counts?.store(received);
    if (this.#wantsAck) this.acknowledge();
  }

  acknowledge(): void {
    const { counts, link } = this;
    if (!counts || !link) return;
    this.#wantsAck = counts.stored !== counts.received;
    link.write(writeAck(counts.stored));
  }

  /** The client has seen `h` stanzas. */
  acknowledgedUpTo(h: number): Acknowledged | undefined {
    const result = this.counts?.acknowledge(h);
    if (!result?.ok) return result;
    this.#askedMs = undefined;
    this.isStalled = false;
    if (result.fresh > 0) this.#changed(this, "acknowledged");
    return result;
  }

  /** Sends what the client has not seen. */
  sendAgain(): void {
    if (!this.counts) return;
    for (const stanza of this.counts.unacknowledged) this.link?.send(stanza, this.#address);
    if (this.counts.unacknowledged.length > 0) this.#askForAck();
    else this.#askedAt = this.counts.sent;
  }
}

export type SessionChange = "opened" | "sent" | "queued" | "received" | "message-received" | "acknowledged";
