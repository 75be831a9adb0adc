import { BoshWire } from "./bosh-wire.ts";
import { nickOf, presencePayload } from "./presence.ts";
import { WebSocketWire } from "./websocket-wire.ts";
import type { Target, Wire } from "./wire.ts";

export type Transport = "websocket" | "bosh";

/** What members of one room have received, all together. */
export type RoomCounts = {
  messages: number;
  presences: number;
  /** Called after each. */
  onMessage: () => void;
  onPresence: () => void;
  /** Called with the number a message carries, where it is to be known when it came. */
  onProbe: ((number: number) => void) | undefined;
};

const letter = { a: 0x61, i: 0x69, m: 0x6d, p: 0x70, r: 0x72 } as const;
const probe = Buffer.from("<body>#");
const probeDigits = 7;
const nickDigits = 7;
const answerMs = 60_000;

/** A signed-in person: what comes in is counted, and its sender's nickname read where it matters. */
export class Client {
  readonly #target: Target;
  readonly #transport: Transport;
  #wire: Wire | undefined;
  #waiting: { readonly text: string; readonly resolve: (xml: string) => void } | undefined;
  #handled = 0;
  #isCounting = false;
  #number = 0;
  #room = "";
  #nickMarker = Buffer.alloc(0);
  #counts: RoomCounts | undefined;
  #seen = new Uint8Array(0);
  /** How many of the room have been seen; oneself too. */
  seen = 0;
  joinedAt = 0;
  #isClosed = false;
  /** Why the connection was lost, where it was. */
  lost: string | undefined;

  constructor(target: Target, transport: Transport) {
    this.#target = target;
    this.#transport = transport;
  }

  async signIn(): Promise<void> {
    const sink = (buffer: Buffer, start: number, end: number) => this.#receive(buffer, start, end);
    const lost = (why: string) => {
      if (!this.#isClosed) this.lost ??= why;
    };
    this.#wire =
      this.#transport === "bosh"
        ? new BoshWire(this.#target, sink, lost)
        : await WebSocketWire.open(this.#target, sink, lost);
    await this.#after("features", () => this.#wire?.openStream());
    await this.#ask('<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>', "<success");
    await this.#after("features", () => this.#wire?.openStream());
    const bind = '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>';
    await this.#ask(`<iq xmlns="jabber:client" type="set" id="bind">${bind}</iq>`, "<jid>");
    if (this.#transport === "websocket") {
      await this.#ask('<enable xmlns="urn:xmpp:sm:3" resume="true"/>', "<enabled");
    }
    this.#isCounting = true;
    this.#handled = 0;
  }

  /** Where rooms are opened by a focus, it is asked first, as Jitsi's clients do. */
  async openRoom(name: string): Promise<void> {
    const { domain, mucDomain } = this.#target;
    const conference = `<conference xmlns="http://jitsi.org/protocol/focus" room="${name}@${mucDomain}"/>`;
    await this.#ask(
      `<iq xmlns="jabber:client" type="set" id="focus" to="focus.${domain}">${conference}</iq>`,
      "ready=",
    );
  }

  join(name: string, number: number, people: number, counts: RoomCounts): void {
    const { mucDomain } = this.#target;
    this.#room = `${name}@${mucDomain}`;
    this.#number = number;
    this.#counts = counts;
    this.#nickMarker = Buffer.from(`@${mucDomain}/p`);
    this.#seen = new Uint8Array(people);
    const enter = '<x xmlns="http://jabber.org/protocol/muc"><history maxstanzas="0"/></x>';
    this.#presence(`${enter}${presencePayload(number)}`);
  }

  say(text: string, id: string): void {
    this.#wire?.send(
      `<message xmlns="jabber:client" to="${this.#room}" type="groupchat" id="${id}"><body>${text}</body></message>`,
    );
  }

  update(isMuted: boolean): void {
    this.#presence(presencePayload(this.#number, isMuted));
  }

  async ping(id: string): Promise<void> {
    const ping = '<ping xmlns="urn:xmpp:ping"/>';
    await this.#ask(`<iq xmlns="jabber:client" type="get" id="${id}" to="${this.#target.domain}">${ping}</iq>`, id);
  }

  close(): void {
    this.#isClosed = true;
    this.#wire?.close();
  }

  #presence(content: string): void {
    this.#wire?.send(
      `<presence xmlns="jabber:client" to="${this.#room}/${nickOf(this.#number)}">${content}</presence>`,
    );
  }

  #ask(xml: string, answer: string): Promise<string> {
    return this.#after(answer, () => this.#wire?.send(xml));
  }

  async #after(text: string, act: () => void): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#waiting = { text, resolve };
    act();
    const timer = setTimeout(() => reject(new Error(`no ${text} in ${answerMs} ms: ${this.lost ?? ""}`)), answerMs);
    return promise.finally(() => clearTimeout(timer));
  }

  #receive(buffer: Buffer, start: number, end: number) {
    const first = buffer[start + 1];
    if (!this.#isCounting || first === letter.i) {
      this.#handled++;
      return this.#look(buffer, start, end);
    }
    if (first === letter.m) this.#message(buffer, start, end);
    else if (first === letter.p) this.#presenceCame(buffer, start, end);
    else if (first === letter.r) this.#wire?.send(`<a xmlns="urn:xmpp:sm:3" h="${this.#handled}"/>`);
  }

  #look(buffer: Buffer, start: number, end: number): void {
    const waiting = this.#waiting;
    if (!waiting) return;
    const xml = buffer.toString("utf8", start, end);
    if (!xml.includes(waiting.text)) return;
    this.#waiting = undefined;
    waiting.resolve(xml);
  }

  #message(buffer: Buffer, start: number, end: number): void {
    this.#handled++;
    const counts = this.#counts;
    if (!counts) return;
    const at = buffer.indexOf(probe, start);
    if (at < 0 || at >= end) return;
    counts.messages++;
    const digits = at + probe.length;
    counts.onProbe?.(Number(buffer.toString("latin1", digits, digits + probeDigits)));
    counts.onMessage();
  }

  #presenceCame(buffer: Buffer, start: number, end: number): void {
    this.#handled++;
    const counts = this.#counts;
    const marker = this.#nickMarker;
    const at = buffer.indexOf(marker, start);
    if (!counts || at < 0 || at >= end) return;
    const digits = at + marker.length;
    const number = Number(buffer.toString("latin1", digits, digits + nickDigits));
    if (this.#seen[number] === 0) {
      this.#seen[number] = 1;
      this.seen++;
      if (number === this.#number) this.joinedAt = performance.now();
    }
    counts.presences++;
    counts.onPresence();
  }
}

export function probeText(number: number): string {
  return `#${String(number).padStart(probeDigits, "0")} Hello everybody, is this what you see as well?`;
}
