import { randomBytes, randomUUID } from "node:crypto";
import type { Clock, Timer } from "@veche/kit/clock.ts";
import { makeJid } from "../codec/jid.ts";
import type { StreamCondition } from "../codec/rfc6120-stream.ts";
import { anonymous, type Identity, looksSame } from "./identity.ts";
import { type Arrival, Session, type SessionChange, withoutToken } from "./session.ts";

export type EndReason = "client" | "timeout" | "replaced" | "error";

export interface SessionsListener {
  interrupted(session: Session): void;
  resumed(session: Session): void;
  /** It is known anew who it belongs to. */
  identified(session: Session): void;
  ended(session: Session, reason: EndReason): void;
  changed(session: Session, change: SessionChange): void;
}

export type SessionsLimits = {
  readonly unacknowledgedStanzas: number;
  readonly resumeMs: number;
};

/** Everybody who is signed in, by address and by what a new connection may go on with. */
export class Sessions {
  readonly #clock: Clock;
  readonly #limits: SessionsLimits;
  readonly #byJid = new Map<string, Session>();
  readonly #byId = new Map<string, Session>();
  readonly #byBareJid = new Map<string, Set<Session>>();
  readonly #waiting = new Map<Session, Timer>();
  #listener: SessionsListener | undefined;

  constructor(clock: Clock, limits: SessionsLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  listen(listener: SessionsListener): void {
    this.#listener = listener;
  }

  get size(): number {
    return this.#byJid.size;
  }

  get interrupted(): number {
    return this.#waiting.size;
  }

  all(): Iterable<Session> {
    return this.#byJid.values();
  }

  byJid(fullJid: string): Session | undefined {
    return this.#byJid.get(fullJid);
  }

  /** Every stream of one account. */
  withBareJid(bareJid: string): readonly Session[] {
    return [...(this.#byBareJid.get(bareJid) ?? [])];
  }

  byId(id: string): Session | undefined {
    return id === "" ? undefined : this.#byId.get(id);
  }

  /** The name a client gets that names no user: of the session it means to go on with, or a new one. */
  anonymousName(live: Session | undefined): string {
    return live?.jid.local ?? randomUUID();
  }

  open(username: string, domain: string, arrival: Arrival, identity = anonymous): Session {
    const jid = makeJid(username, domain, randomBytes(9).toString("base64url"));
    const session = this.#add(jid, withoutToken(arrival), this.#clock.now());
    session.identity = identity;
    return session;
  }

  /** Who it belongs to became known, or is known better. */
  identify(session: Session, identity: Identity): void {
    if (session.isEnded) return;
    const before = session.identity;
    session.identity = identity;
    this.#changed(session, "opened");
    // A whole school may come back with its tokens at once: its rooms hear only of what is new in them.
    if (!looksSame(before, identity)) this.#listener?.identified(session);
  }

  /** A session a dead process had; it waits for its client like any that was interrupted. */
  restore(jid: string, arrival: Arrival, createdMs: number, id: string): Session | undefined {
    const [local = "", rest = ""] = jid.split("@", 2);
    const [domain = "", resource = ""] = rest.split("/", 2);
    if (local === "" || domain === "" || resource === "") return undefined;
    const session = this.#add(makeJid(local, domain, resource), arrival, createdMs);
    session.id = id;
    this.#byId.set(id, session);
    return session;
  }

  #add(jid: ReturnType<typeof makeJid>, arrival: Arrival, createdMs: number): Session {
    const session = new Session(jid, arrival, createdMs, (changed, change) => this.#changed(changed, change));
    this.#byJid.set(jid.full, session);
    const same = this.#byBareJid.get(jid.bare);
    if (same) same.add(session);
    else this.#byBareJid.set(jid.bare, new Set([session]));
    return session;
  }

  /** A session that its client goes on with by itself: BOSH. */
  register(session: Session, id: string): void {
    session.id = id;
    this.#byId.set(id, session);
    this.#changed(session, "opened");
  }

  /** Returns what the client comes back with; "" where it does not want to. */
  enableStreamManagement(session: Session, resume: boolean): string {
    const id = resume ? randomBytes(24).toString("base64url") : "";
    if (resume) this.#byId.set(id, session);
    session.enableStreamManagement(id);
    return id;
  }

  /** The connection is gone. The session waits for a new one where that is possible, else it ends. */
  interrupt(session: Session) {
    session.link = undefined;
    if (session.isEnded) return;
    this.#changed(session, "queued");
    if (!session.isResumable) return this.end(session, "timeout");
    this.wait(session);
    this.#listener?.interrupted(session);
  }

  /** Ends the session unless it is resumed in time. */
  wait(session: Session): void {
    this.#waiting.get(session)?.cancel();
    const timer = this.#clock.after(session.resumeMs ?? this.#limits.resumeMs, () => {
      this.#waiting.delete(session);
      this.end(session, "timeout");
    });
    this.#waiting.set(session, timer);
  }

  /** A new connection goes on with it; an older one that has not noticed its own end is cut. */
  resume(session: Session, attach: () => void): void {
    const wasInterrupted = this.#waiting.has(session);
    this.#waiting.get(session)?.cancel();
    this.#waiting.delete(session);
    const old = session.link;
    session.link = undefined;
    old?.end("conflict", "resumed by another connection");
    attach();
    if (wasInterrupted) this.#listener?.resumed(session);
  }

  end(session: Session, reason: EndReason, condition?: StreamCondition, text?: string): void {
    if (session.isEnded) return;
    this.#listener?.ended(session, reason);
    session.isEnded = true;
    this.#waiting.get(session)?.cancel();
    this.#waiting.delete(session);
    this.#byJid.delete(session.jid.full);
    const same = this.#byBareJid.get(session.jid.bare);
    if (same?.delete(session) && same.size === 0) this.#byBareJid.delete(session.jid.bare);
    this.#byId.delete(session.id);
    const link = session.link;
    session.link = undefined;
    link?.end(condition, text);
    this.#listener?.changed(session, "acknowledged");
  }

  /** To be called every second or so. */
  lookAfterAcks(): void {
    const now = this.#clock.now();
    for (const session of this.#byJid.values()) session.lookAfterAcks(now);
  }

  close(): void {
    for (const timer of this.#waiting.values()) timer.cancel();
    this.#waiting.clear();
  }

  #changed(session: Session, change: SessionChange): void {
    this.#listener?.changed(session, change);
    const unacknowledged = session.counts?.unacknowledged.length ?? 0;
    if (unacknowledged > this.#limits.unacknowledgedStanzas && !session.isEnded) {
      queueMicrotask(() => this.end(session, "error", "resource-constraint", "too much was left unacknowledged"));
    }
  }
}
