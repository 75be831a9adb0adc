/**
 * A Jitsi client by its bytes: signs in over WebSocket, joins a room, and then sends whatever a test gives it. What it
 * receives is kept as text.
 */
import { randomBytes, randomUUID } from "node:crypto";
import WebSocket from "ws";
import { eventually } from "./wait.ts";

const framing = "urn:ietf:params:xml:ns:xmpp-framing";
const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
const answerWithinMs = 20_000;

export const domain = "meet.jitsi";
export const mucDomain = "muc.meet.jitsi";

export class WireClient implements Disposable {
  readonly received: string[] = [];
  readonly #socket: WebSocket;
  closeCode: number | undefined;
  jid = "";
  readonly nick: string = randomBytes(4).toString("hex");

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.received.push(String(data)));
    socket.on("close", (code) => {
      this.closeCode = code;
    });
    socket.on("error", () => undefined);
  }

  /** The socket alone; nothing is sent yet. */
  static async connect(httpOrigin: string, room = "bad-input"): Promise<WireClient> {
    const url = new URL(`/xmpp-websocket?room=${encodeURIComponent(room)}`, httpOrigin.replace(/^http/, "ws"));
    const socket = new WebSocket(url, "xmpp");
    const client = new WireClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", () => resolve());
      socket.once("error", reject);
    });
    return client;
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** The first frame, also of those already there, that holds the text. */
  async heard(text: string | RegExp, timeoutMs: number = answerWithinMs): Promise<string> {
    const holds = (frame: string): boolean => (typeof text === "string" ? frame.includes(text) : text.test(frame));
    await eventually(
      `hearing ${text}`,
      () => (this.received.some(holds) ? undefined : `heard ${this.received.slice(-6).join("\n")}`),
      { timeoutMs, pollMs: 20 },
    );
    return this.received.find(holds) ?? "";
  }

  async closed(timeoutMs: number = answerWithinMs): Promise<void> {
    await eventually("the server closes", () => (this.closeCode === undefined ? "it is open" : undefined), {
      timeoutMs,
    });
  }

  async signIn(): Promise<void> {
    this.send(`<open xmlns="${framing}" to="${domain}" version="1.0"/>`);
    await this.heard("ANONYMOUS");
    this.send(`<auth xmlns="${sasl}" mechanism="ANONYMOUS"/>`);
    await this.heard("<success");
    this.send(`<open xmlns="${framing}" to="${domain}" version="1.0"/>`);
    await this.heard("urn:ietf:params:xml:ns:xmpp-bind");
    const bound = await this.ask(`<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>`, "", "_bind_auth_2");
    this.jid = /<jid>([^<]+)<\/jid>/.exec(bound)?.[1] ?? "";
  }

  /** Sends an IQ of type set and resolves with its answer. */
  async ask(payload: string, to: string, id: string = randomUUID(), type = "set"): Promise<string> {
    this.send(`<iq xmlns="jabber:client" type="${type}" id="${id}"${to && ` to="${to}"`}>${payload}</iq>`);
    return this.heard(new RegExp(`<iq[^>]*id=["']${id}["']`));
  }

  async join(room: string): Promise<void> {
    const address = `${room}@${mucDomain}`;
    const request = `<conference xmlns="http://jitsi.org/protocol/focus" room="${address}" machine-uid="test"/>`;
    const answer = await this.ask(request, `focus.${domain}`);
    if (!answer.includes('ready="true"') && !answer.includes("ready='true'")) throw new Error(`not ready: ${answer}`);
    this.send(
      `<presence xmlns="jabber:client" to="${address}/${this.nick}"><x xmlns="http://jabber.org/protocol/muc"/>` +
        `<nick xmlns="http://jabber.org/protocol/nick">${this.nick}</nick></presence>`,
    );
    await this.heard(/<status[^>]*code=["']110["']/);
  }

  /** The invitation of the focus, acknowledged as every client does. */
  async invitation(): Promise<{ readonly sid: string; readonly from: string; readonly xml: string }> {
    const xml = await this.heard("session-initiate", 10_000);
    const id = /<iq[^>]*\sid=["']([^"']+)["']/.exec(xml)?.[1] ?? "";
    const from = /<iq[^>]*\sfrom=["']([^"']+)["']/.exec(xml)?.[1] ?? "";
    const sid = /<jingle[^>]*\ssid=["']([^"']+)["']/.exec(xml)?.[1] ?? "";
    this.send(`<iq xmlns="jabber:client" type="result" id="${id}" to="${from}"/>`);
    return { sid, from, xml };
  }

  jingle(action: string, sid: string, to: string, contents: string): Promise<string> {
    return this.ask(`<jingle xmlns="urn:xmpp:jingle:1" action="${action}" sid="${sid}">${contents}</jingle>`, to);
  }

  [Symbol.dispose](): void {
    this.#socket.terminate();
  }
}
