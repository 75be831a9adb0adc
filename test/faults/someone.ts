/** A client that keeps a roster of its room, answers what it is asked as every client does, and sends whatever it is given. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { childOf } from "@veche/xmpp/codec/xml/element.ts";
import { serialise } from "@veche/xmpp/codec/xml/serialise.ts";
import { conditionOf, parse } from "@veche/xmpp/testing/scripted-client.ts";
import WebSocket from "ws";

export type Stanza = ReturnType<typeof parse>;

const patienceMs = 15_000;
const client = 'xmlns="jabber:client"';
const open = '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="meet.jitsi" version="1.0"/>';

export class Someone implements Disposable {
  jid = "";
  nick = "";
  room = "";
  /** Of its Jingle session. */
  sid = "";
  /** The last one. */
  invitation: Stanza | undefined;
  /** Why the stream was ended; "" while it was not. */
  ended = "";
  /** Who is in the room, with role and affiliation. */
  readonly roster = new Map<string, string>();
  /** What arrived that is neither an answer nor a presence. */
  readonly heard: Stanza[] = [];
  readonly #socket: WebSocket;
  readonly #waiting = new Set<{
    readonly match: (stanza: Stanza) => boolean;
    readonly done: (stanza?: Stanza) => void;
  }>();
  #ids = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#take(parse(String(data))));
    socket.on("error", () => {});
    socket.on("close", (code) => {
      if (this.ended === "") this.ended = `closed ${code}`;
      for (const { done } of this.#waiting) done();
    });
  }

  static async signIn(port: number): Promise<Someone> {
    const someone = new Someone(new WebSocket(`ws://127.0.0.1:${port}/xmpp-websocket`, "xmpp"));
    await once(someone.#socket, "open");
    await someone.#sendAndAwait(open, ({ name }) => name === "features");
    const auth = '<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>';
    await someone.#sendAndAwait(auth, ({ name }) => name === "success");
    await someone.#sendAndAwait(open, ({ name }) => name === "features");
    const bound = await someone.ask('<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>');
    someone.jid = /<jid>([^<]+)</.exec(String(bound))?.[1] ?? "";
    someone.nick = someone.jid.slice(0, 8);
    return someone;
  }

  /** Asks the focus and enters. False where it may not. */
  async enter(room: string): Promise<boolean> {
    const request = `<conference xmlns="http://jitsi.org/protocol/focus" room="${room}" machine-uid="${this.nick}"/>`;
    const answer = await this.ask(request, "focus.meet.jitsi");
    if (answer?.attrs.type !== "result") return false;
    this.room = room;
    const presence = `<presence ${client} to="${room}/${this.nick}"><x xmlns="http://jabber.org/protocol/muc"/></presence>`;
    const own = await this.#sendAndAwait(
      presence,
      ({ name, attrs }) => name === "presence" && attrs.from === `${room}/${this.nick}`,
    );
    return own !== undefined && own.attrs.type === undefined;
  }

  /** The answer, or nothing when the stream ended before. */
  ask(payload: string, to = "", type = "set"): Promise<Stanza | undefined> {
    const id = this.nextId();
    return this.answered(`<iq ${client} type="${type}" id="${id}"${to && ` to="${to}"`}>${payload}</iq>`, id);
  }

  answered(iq: string, id: string): Promise<Stanza | undefined> {
    return this.#sendAndAwait(
      iq,
      ({ name, attrs }) => name === "iq" && attrs.id === id && (attrs.type === "result" || attrs.type === "error"),
    );
  }

  async ping(): Promise<void> {
    await this.ask('<ping xmlns="urn:xmpp:ping"/>', "meet.jitsi", "get");
  }

  nextId(): string {
    return `s${++this.#ids}`;
  }

  send(text: string): void {
    if (this.ended === "") this.#socket.send(text);
  }

  /** Resolves when there is a Jingle session, or nobody invited it for so long. */
  async invited(atMostMs: number): Promise<void> {
    if (this.sid !== "") return;
    await this.#sendAndAwait("", (stanza) => childOf(stanza, "jingle") !== undefined, atMostMs).catch(() => undefined);
  }

  async leave(): Promise<void> {
    if (this.ended !== "") return;
    this.send('<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>');
    if (this.#socket.readyState !== WebSocket.CLOSED) await once(this.#socket, "close");
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }

  #sendAndAwait(text: string, match: (stanza: Stanza) => boolean, atMostMs = patienceMs): Promise<Stanza | undefined> {
    if (this.ended !== "") return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const waiting = {
        match,
        done: (stanza?: Stanza) => {
          clearTimeout(timer);
          this.#waiting.delete(waiting);
          resolve(stanza);
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        reject(new Error(`no answer within ${atMostMs} ms to ${text.slice(0, 2_000)}`));
      }, atMostMs);
      this.#waiting.add(waiting);
      if (text !== "") this.#socket.send(text);
    });
  }

  #take(stanza: Stanza): void {
    const { name, attrs } = stanza;
    const asked = [...this.#waiting].find(({ match }) => match(stanza));
    if (name === "presence") this.#seen(stanza);
    else if (name === "error" || name === "stream:error") this.ended = conditionOfStream(stanza);
    else if (name === "iq" && (attrs.type === "get" || attrs.type === "set")) this.#reply(stanza);
    else if (!asked) this.heard.push(stanza);
    asked?.done(stanza);
  }

  #seen(presence: Stanza): void {
    const { from = "", type } = presence.attrs;
    const [room, nick] = from.split("/");
    if (room !== this.room || nick === undefined || type === "error") return;
    if (type === "unavailable") return void this.roster.delete(nick);
    const x = childOf(presence, "x", "http://jabber.org/protocol/muc#user");
    const item = x && childOf(x, "item");
    this.roster.set(nick, `${item?.attrs.role} ${item?.attrs.affiliation}`);
  }

  #reply(iq: Stanza): void {
    const jingle = childOf(iq, "jingle");
    if (jingle?.attrs.action === "session-initiate") {
      this.sid = jingle.attrs.sid ?? "";
      this.invitation = iq;
    }
    const answer = parse(`<iq ${client} type="${jingle ? "result" : "error"}"/>`);
    answer.attrs.id = iq.attrs.id ?? "";
    answer.attrs.to = iq.attrs.from ?? "";
    const error = '<error type="cancel"><service-unavailable xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>';
    if (!jingle) answer.append(parse(error));
    this.send(serialise(answer));
  }
}

function conditionOfStream(error: Stanza): string {
  const [condition] = error.children;
  return typeof condition === "string" || condition === undefined ? "unknown" : condition.name;
}

/** Every error has one of RFC 6120's conditions, and none of them is the server's own fault. */
export function assertDefined(answer: Stanza, shown: string): string {
  if (answer.attrs.type !== "error") return "result";
  const condition = conditionOf(answer);
  assert.match(condition, /^[a-z-]+$/, shown);
  assert.ok(!["internal-server-error", "undefined-condition"].includes(condition), shown);
  return condition;
}
