import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { WebSocket } from "ws";
import { ns } from "../codec/namespaces.ts";
import { childOf, type Element, elementsOf } from "../codec/xml/element.ts";
import { parseXml } from "../codec/xml/parse.ts";
import { serialise } from "../codec/xml/serialise.ts";
import { type SaslMechanism, signInWithPassword } from "./sasl-client.ts";
import { openTcp } from "./tcp-wire.ts";

const bounds = { length: 10_000_000, depth: 100, attributes: 1_000, children: 100_000 };
/** For a machine on which everything waits for everything. */
const patienceMs = 30_000;
/** Of what came instead, an error tells so much. */
const toldLength = 1_000;

export function parse(xml: string): Element {
  const parsed = parseXml(xml, bounds);
  assert.ok(parsed.ok, `not XML: ${xml}`);
  return parsed.root;
}

export type Match = (element: Element) => boolean;

/** How a client's elements travel. */
export interface Wire {
  send(xml: string): void;
  open(domain: string): void;
  close(): Promise<void>;
  drop(): void;
}

/** A client that does what a test says, over real sockets. Whatever arrives waits in order until it is asked for. */
export class ScriptedClient {
  readonly received: Element[] = [];
  readonly stanzas: Element[] = [];
  jid = "";
  /** Of the machine it runs on, as it says itself. */
  machineUid: string = randomUUID();
  nick = "";
  isClosed = false;
  /** Stanzas received since stream management is on. */
  handled = 0;
  resumeId = "";
  #unread: Element[] = [];
  #waiting: { match: Match; resolve: (element: Element) => void; abandon: () => void }[] = [];
  #wire!: Wire;
  #domain = "";
  #number = 0;

  static async webSocket(port: number, query = "", headers: Record<string, string> = {}): Promise<ScriptedClient> {
    const client = new ScriptedClient();
    client.#wire = await openWebSocket(client, port, query, headers);
    return client;
  }

  static async bosh(port: number, query = ""): Promise<ScriptedClient> {
    const client = new ScriptedClient();
    client.#wire = new BoshWire(client, port, query);
    return client;
  }

  static async tcp(port: number): Promise<ScriptedClient> {
    const client = new ScriptedClient();
    client.#wire = await openTcp(client, port);
    return client;
  }

  /** Signs in and asks for a resource. */
  async signIn(domain = "meet.jitsi"): Promise<string> {
    await this.authenticate(domain);
    return this.#bind();
  }

  async #bind(): Promise<string> {
    const bound = await this.ask(`<iq type="set" id="_bind_auth_2"><bind xmlns="${ns.bind}"/></iq>`);
    const bind = childOf(bound, "bind");
    this.jid = (bind && childOf(bind, "jid")?.getText()) ?? "";
    this.nick = this.jid.slice(0, Math.min(8, this.jid.indexOf("@")));
    return this.jid;
  }

  async authenticate(domain = "meet.jitsi"): Promise<void> {
    this.open(domain);
    await this.next("features");
    this.send(`<auth xmlns="${ns.sasl}" mechanism="ANONYMOUS"/>`);
    await this.next("success");
    await this.#restart();
  }

  /** Signs in with a password and asks for a resource. */
  async signInWith(
    name: string,
    password: string,
    mechanism: SaslMechanism = "SCRAM-SHA-256",
    domain = "meet.jitsi",
  ): Promise<string> {
    const answer = await this.tryPassword(name, password, mechanism, domain);
    assert.equal(answer.name, "success", serialise(answer));
    await this.#restart();
    return this.#bind();
  }

  /** The server's last word on a password: `success` or `failure`. */
  async tryPassword(
    name: string,
    password: string,
    mechanism: SaslMechanism = "SCRAM-SHA-256",
    domain = "meet.jitsi",
  ): Promise<Element> {
    if (this.#domain === "") {
      this.open(domain);
      await this.next("features");
    }
    return signInWithPassword(this, { name, password, mechanism });
  }

  /** Opens the stream, and after sign-in opens it again. */
  open(domain = this.#domain || "meet.jitsi"): void {
    this.#domain = domain;
    this.#wire.open(domain);
  }

  async #restart(): Promise<void> {
    this.open();
    await this.next("features");
  }

  send(xml: string): void {
    this.#wire.send(xml);
  }

  /** Sends an IQ and waits for what answers its id. */
  async ask(iq: string): Promise<Element> {
    const id = parse(iq).attrs.id ?? "";
    this.send(iq);
    return this.next(
      (element) =>
        element.name === "iq" &&
        element.attrs.id === id &&
        element.attrs.type !== "get" &&
        element.attrs.type !== "set",
    );
  }

  /** XEP-0198: from now on stanzas are counted. */
  async enableResume(): Promise<string> {
    this.send(`<enable xmlns="${ns.sm}" resume="true"/>`);
    const enabled = await this.next("enabled");
    this.resumeId = enabled.attrs.id ?? "";
    return this.resumeId;
  }

  /** Goes on with the stream of another client object, whose connection is gone. */
  async resume(old: ScriptedClient, h = old.handled): Promise<Element> {
    await this.authenticate(old.#domain);
    this.jid = old.jid;
    this.nick = old.nick;
    this.handled = h;
    this.resumeId = old.resumeId;
    this.send(`<resume xmlns="${ns.sm}" h="${h}" previd="${old.resumeId}"/>`);
    return this.next(({ name }) => name === "resumed" || name === "failed");
  }

  /** What the server says it has. */
  async acknowledged(): Promise<number> {
    this.send(`<r xmlns="${ns.sm}"/>`);
    return Number((await this.next("a")).attrs.h);
  }

  id(): string {
    return `c${++this.#number}`;
  }

  /** The first element that matches and was not taken before. */
  next(wanted: Match | string): Promise<Element> {
    const match: Match = typeof wanted === "string" ? (element) => element.name === wanted : wanted;
    const index = this.#unread.findIndex(match);
    if (index >= 0) {
      const [found] = this.#unread.splice(index, 1);
      if (found) return Promise.resolve(found);
    }
    return new Promise((resolve, reject) => {
      const waiting = {
        match,
        resolve: (element: Element) => {
          clearTimeout(timer);
          resolve(element);
        },
        abandon: () => {
          clearTimeout(timer);
          reject(new Error("the client was dropped"));
        },
      };
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        const unread = this.#unread.slice(-5).map((element) => serialise(element).slice(0, toldLength));
        reject(new Error(`did not arrive: ${wanted}; unread: ${unread.join("\n")}`));
      }, patienceMs);
      this.#waiting.push(waiting);
    });
  }

  /** Nothing that matches is waiting to be read. */
  has(match: Match): boolean {
    return this.#unread.some(match);
  }

  join(room: string, nick = this.nick, inside = ""): void {
    this.nick = nick;
    this.send(`<presence to="${room}/${nick}"><x xmlns="${ns.muc}"/>${inside}</presence>`);
  }

  /** Waits for its own presence in the room. */
  async joined(room: string): Promise<Element> {
    return this.next(
      (element) => element.name === "presence" && element.attrs.from === `${room}/${this.nick}` && isOwn(element),
    );
  }

  async conference(room: string): Promise<Element> {
    return this.ask(
      `<iq type="set" id="${this.id()}" to="focus.meet.jitsi"><conference xmlns="${ns.focus}" room="${room}" machine-uid="${this.machineUid}"/></iq>`,
    );
  }

  /** Asks the focus, enters, and waits for everything up to the own presence. */
  async enter(room: string): Promise<Element> {
    const answer = await this.conference(room);
    assert.equal(answer.attrs.type, "result", serialise(answer));
    this.join(room);
    return this.joined(room);
  }

  /** A ping comes back after everything that was sent before it. */
  async settled(): Promise<void> {
    await this.ask(`<iq type="get" id="${this.id()}" to="meet.jitsi"><ping xmlns="${ns.ping}"/></iq>`);
  }

  close(): Promise<void> {
    return this.#wire.close();
  }

  /** The cable is cut. */
  drop(): void {
    this.#wire.drop();
    for (const { abandon } of this.#waiting.splice(0)) abandon();
  }

  take(element: Element): void {
    this.received.push(element);
    if (["iq", "message", "presence"].includes(element.name)) {
      this.stanzas.push(element);
      if (this.resumeId !== "") this.handled++;
    }
    if (element.name === "enabled") this.resumeId = element.attrs.id ?? "";
    const index = this.#waiting.findIndex(({ match }) => match(element));
    if (index < 0) return void this.#unread.push(element);
    const [waiting] = this.#waiting.splice(index, 1);
    waiting?.resolve(element);
  }
}

export function isOwn(presence: Element): boolean {
  const x = childOf(presence, "x", ns.mucUser);
  return x !== undefined && elementsOf(x).some(({ name, attrs }) => name === "status" && attrs.code === "110");
}

/** The condition an error stanza has. */
export function conditionOf(stanza: Element): string {
  const error = childOf(stanza, "error");
  return error ? (elementsOf(error).find(({ name }) => name !== "text")?.name ?? "") : "";
}

async function openWebSocket(
  client: ScriptedClient,
  port: number,
  query: string,
  headers: Record<string, string>,
): Promise<Wire> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/xmpp-websocket${query}`, "xmpp", { headers });
  socket.on("message", (data) => client.take(parse(String(data))));
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      client.isClosed = true;
      client.take(parse("<socket-closed/>"));
      resolve();
    });
  });
  return {
    send: (xml) => socket.send(xml),
    open: (domain) => socket.send(`<open xmlns="${ns.framing}" to="${domain}" version="1.0"/>`),
    close: async () => {
      if (socket.readyState === WebSocket.OPEN) socket.send(`<close xmlns="${ns.framing}"/>`);
      await closed;
    },
    drop: () => socket.terminate(),
  };
}

const retryMs = 20;

/** Two requests at most, as strophe does it. */
class BoshWire implements Wire {
  readonly #client: ScriptedClient;
  readonly #url: string;
  #rid = Math.floor(Math.random() * 2 ** 31);
  #sid = "";
  #queue: string[] = [];
  #inFlight = 0;
  #isOver = false;
  readonly #abort = new AbortController();

  constructor(client: ScriptedClient, port: number, query: string) {
    this.#client = client;
    this.#url = `http://127.0.0.1:${port}/http-bind${query}`;
  }

  open(domain: string): void {
    if (this.#sid !== "") {
      void this.#post(`to="${domain}" xmpp:restart="true" xmlns:xmpp="${ns.xbosh}"`, "");
      return;
    }
    const attributes = `to="${domain}" wait="60" hold="1" ver="1.6" xmpp:version="1.0" xmlns:xmpp="${ns.xbosh}"`;
    void this.#post(attributes, "");
  }

  send(xml: string): void {
    this.#queue.push(xml);
    this.#pump();
  }

  async close(): Promise<void> {
    if (this.#sid !== "" && !this.#isOver) await this.#post('type="terminate"', "");
    this.drop();
  }

  drop(): void {
    this.#isOver = true;
    this.#abort.abort();
  }

  #pump(): void {
    if (this.#isOver || this.#sid === "" || this.#inFlight >= 2) return;
    if (this.#queue.length === 0 && this.#inFlight > 0) return;
    void this.#post("", this.#queue.splice(0).join(""));
  }

  async #post(attributes: string, content: string): Promise<void> {
    this.#inFlight++;
    const rid = ++this.#rid;
    const sid = this.#sid === "" ? "" : ` sid="${this.#sid}"`;
    const body = `<body xmlns="${ns.httpbind}" rid="${rid}"${sid} ${attributes}>${content}</body>`;
    const answer = await this.#fetch(body);
    this.#inFlight--;
    if (answer !== undefined) this.#read(parse(answer));
    if (!this.#isOver) this.#pump();
  }

  /** As strophe does it: what failed is sent again as it was. */
  async #fetch(body: string): Promise<string | undefined> {
    while (!this.#isOver) {
      try {
        const response = await fetch(this.#url, { method: "POST", body, signal: this.#abort.signal });
        const text = await response.text();
        if (response.status < 500) return text;
      } catch {
        // Nobody answered; the same as a proxy that has nobody to ask.
      }
      if (!this.#isOver) await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
    return undefined;
  }

  #read(body: Element): void {
    if (body.attrs.sid) this.#sid = body.attrs.sid;
    for (const element of elementsOf(body)) {
      element.parent = null;
      this.#client.take(element);
    }
    if (body.attrs.type !== "terminate") return;
    this.#isOver = true;
    this.#client.isClosed = true;
    this.#client.take(parse(`<socket-closed condition="${body.attrs.condition ?? ""}"/>`));
  }
}
