/** A participant's XMPP: signs in, asks the focus, enters the room, and answers what it is asked as every client does. */
import { childOf, type Element } from "@veche/xmpp/codec/xml/element.ts";
import { serialise } from "@veche/xmpp/codec/xml/serialise.ts";
import { parse } from "@veche/xmpp/testing/scripted-client.ts";
import { BoshWire } from "../bench/xmpp/clients/bosh-wire.ts";
import { WebSocketWire } from "../bench/xmpp/clients/websocket-wire.ts";
import type { Target, Wire } from "../bench/xmpp/clients/wire.ts";

export type Transport = "websocket" | "bosh";

export type SignallingListener = {
  /** A Jingle request of the focus; it has been acknowledged. */
  jingle(jingle: Element, from: string): void;
  left(nick: string): void;
  /** The stream is gone. */
  lost(why: string): void;
};

type Waiting = {
  readonly text: string;
  readonly resolve: (xml: string) => void;
  readonly reject: (why: Error) => void;
};

const answerMs = 30_000;
const client = 'xmlns="jabber:client"';
/** First letters of stanzas. */
const letter = { iq: 0x69, message: 0x6d, presence: 0x70 } as const;

/** Of a client that carries audio and video to a bridge, and is told of sources by Jingle. */
const features = [
  "http://jabber.org/protocol/disco#info",
  "urn:xmpp:jingle:1",
  "urn:xmpp:jingle:apps:rtp:1",
  "urn:xmpp:jingle:apps:rtp:audio",
  "urn:xmpp:jingle:apps:rtp:video",
  "urn:xmpp:jingle:transports:ice-udp:1",
  "urn:xmpp:jingle:apps:dtls:0",
  "urn:ietf:rfc:5761",
  "urn:ietf:rfc:5888",
  "http://jitsi.org/opus-red",
  "http://jitsi.org/receive-multiple-video-streams",
  "http://jitsi.org/source-name",
];

export class Signalling {
  readonly #target: Target;
  readonly #listener: SignallingListener;
  readonly #waiting = new Set<Waiting>();
  #wire: Wire | undefined;
  #ids = 0;
  #isClosed = false;
  jid = "";
  nick = "";
  /** Address of the room. */
  room = "";
  /** How many presences came. */
  presences = 0;

  constructor(target: Target, listener: SignallingListener) {
    this.#target = target;
    this.#listener = listener;
  }

  async signIn(transport: Transport): Promise<void> {
    const sink = (buffer: Buffer, start: number, end: number): void => this.#receive(buffer, start, end);
    const lost = (why: string): void => this.#lose(why);
    const wire =
      transport === "bosh"
        ? new BoshWire(this.#target, sink, lost)
        : await WebSocketWire.open(this.#target, sink, lost);
    this.#wire = wire;
    await this.#after("features", () => wire.openStream());
    await this.#after("<success", () =>
      wire.send('<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>'),
    );
    await this.#after("features", () => wire.openStream());
    const bound = await this.ask('<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>');
    this.jid = /<jid>([^<]+)</.exec(bound)?.[1] ?? "";
    this.nick = this.jid.slice(0, 8);
  }

  /** Resolves when the server has said that it is in. */
  async enter(roomName: string, payload: string): Promise<void> {
    const { domain, mucDomain } = this.#target;
    this.room = `${roomName}@${mucDomain}`;
    const request = `<conference xmlns="http://jitsi.org/protocol/focus" room="${this.room}" machine-uid="${this.nick}"/>`;
    const answer = await this.ask(request, `focus.${domain}`);
    if (!/ready=["']true/.test(answer)) throw new Error(`the focus refused: ${answer}`);
    const enter = '<x xmlns="http://jabber.org/protocol/muc"><history maxstanzas="0"/></x>';
    const presence = `<presence ${client} to="${this.room}/${this.nick}">${enter}${payload}</presence>`;
    await this.#after(`${this.room}/${this.nick}`, () => this.#wire?.send(presence));
  }

  /** Resolves with the answer, an error too. */
  ask(payload: string, to = "", type = "set"): Promise<string> {
    const id = `l${++this.#ids}.`;
    const iq = `<iq ${client} type="${type}" id="${id}"${to && ` to="${to}"`}>${payload}</iq>`;
    return this.#after(id, () => this.#wire?.send(iq));
  }

  async jingle(action: string, sid: string, to: string, contents: string): Promise<void> {
    const answer = await this.ask(
      `<jingle xmlns="urn:xmpp:jingle:1" action="${action}" sid="${sid}">${contents}</jingle>`,
      to,
    );
    if (!/type=["']result/.test(answer)) throw new Error(`${action} was refused: ${answer}`);
  }

  leave(): void {
    this.#wire?.send(`<presence ${client} type="unavailable" to="${this.room}/${this.nick}"/>`);
  }

  /** Without a goodbye. */
  close(): void {
    this.#isClosed = true;
    this.#wire?.close();
    for (const { reject } of this.#waiting) reject(new Error("it was closed"));
  }

  #lose(why: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { reject } of this.#waiting) reject(new Error(why));
    this.#listener.lost(why);
  }

  async #after(text: string, act: () => void): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const waiting = { text, resolve, reject };
    this.#waiting.add(waiting);
    const timer = setTimeout(() => reject(new Error(`no ${text} in ${answerMs} ms`)), answerMs);
    act();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(waiting);
    });
  }

  /** Messages of the room say nothing that matters here; only what may matter is read as text. */
  #receive(buffer: Buffer, start: number, end: number): void {
    const first = buffer[start + 1];
    if (first === letter.message) return;
    const xml = buffer.toString("utf8", start, end);
    if (first === letter.presence) this.#presence(xml);
    if (first === letter.iq && /^<iq[^>]*type=["'](?:set|get)/.test(xml)) {
      this.#request(parse(xml));
      return;
    }
    for (const waiting of this.#waiting) {
      if (!xml.includes(waiting.text)) continue;
      this.#waiting.delete(waiting);
      waiting.resolve(xml);
      return;
    }
  }

  #presence(xml: string): void {
    this.presences++;
    const head = xml.slice(0, xml.indexOf(">"));
    if (!head.includes("unavailable")) return;
    const nick = /\sfrom=["'][^"'/]+\/([^"']+)/.exec(head)?.[1];
    if (nick !== undefined) this.#listener.left(nick);
  }

  #request(iq: Element): void {
    const jingle = childOf(iq, "jingle");
    const info = childOf(iq, "query", "http://jabber.org/protocol/disco#info");
    const answer = parse(`<iq ${client} type="${jingle || info ? "result" : "error"}"/>`);
    answer.attrs.id = iq.attrs.id ?? "";
    answer.attrs.to = iq.attrs.from ?? "";
    if (info) {
      const found = features.map((feature) => `<feature var="${feature}"/>`).join("");
      answer.append(parse(`<query xmlns="http://jabber.org/protocol/disco#info">${found}</query>`));
    } else if (!jingle) {
      const error = '<error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>';
      answer.append(parse(error));
    }
    this.#wire?.send(serialise(answer));
    if (jingle) this.#listener.jingle(jingle, iq.attrs.from ?? "");
  }
}
