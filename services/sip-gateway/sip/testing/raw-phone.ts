/** A telephone by script: it says what a test says, over UDP, TCP or TLS, and keeps what it is told. */
import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { type Message, readMessage, uriOf, writeMessage } from "./message.ts";

export type PhoneTransport = "udp" | "tcp" | "tls";

const waitMs = 30_000;

/** PCMU and keys. */
export function phoneSdp(...lines: string[]): string {
  const head = ["v=0", "o=phone 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"];
  return `${[...head, "m=audio 40000 RTP/AVP 0 101", "a=rtpmap:101 telephone-event/8000", ...lines].join("\r\n")}\r\n`;
}

type Wanted = {
  readonly what: string;
  readonly matches: (message: Message) => boolean;
  readonly found: (message: Message) => void;
};

export class RawPhone implements Disposable {
  readonly transport: PhoneTransport;
  readonly address: string;
  readonly port: number;
  /** Port that it says everything to. */
  server: number;
  readonly #send: (text: string) => void;
  readonly #close: () => void;
  /** Its connection was closed from over there. */
  readonly closed: Promise<void>;
  readonly #kept: Message[] = [];
  readonly #wanted = new Set<Wanted>();
  readonly #requests = new Set<string>();

  private constructor(
    transport: PhoneTransport,
    own: { address: string; port: number; server: number },
    send: (text: string) => void,
    close: () => void,
    closed: Promise<void>,
  ) {
    this.transport = transport;
    this.address = own.address;
    this.port = own.port;
    this.server = own.server;
    this.#send = send;
    this.#close = close;
    this.closed = closed;
  }

  /** Towards this port of 127.0.0.1, from an address of this host's own network. */
  static async open(server: number, transport: PhoneTransport = "udp", address = "127.0.0.1"): Promise<RawPhone> {
    if (transport === "udp") {
      const socket = createSocket({ type: "udp4", recvBufferSize: 4 * 2 ** 20 });
      socket.bind(0, address);
      await once(socket, "listening");
      const send = (text: string) => socket.send(Buffer.from(text), phone.server, "127.0.0.1");
      const never = Promise.withResolvers<void>().promise;
      const own = { address, port: socket.address().port, server };
      const phone: RawPhone = new RawPhone("udp", own, send, () => socket.close(), never);
      socket.on("message", (data) => phone.#receive(data.toString()));
      return phone;
    }
    const socket =
      transport === "tcp"
        ? connectTcp({ port: server, host: "127.0.0.1", localAddress: address })
        : connectTls({ port: server, host: "127.0.0.1", rejectUnauthorized: false });
    await once(socket, transport === "tcp" ? "connect" : "secureConnect");
    const send = (text: string) => void socket.write(text);
    const closed = new Promise<void>((resolve) => void socket.once("close", () => resolve()));
    const own = { address, port: socket.localPort ?? 0, server };
    const phone = new RawPhone(transport, own, send, () => socket.destroy(), closed);
    let rest = "";
    socket.on("error", () => {});
    socket.on("data", (data) => {
      rest += data.toString("latin1");
      for (;;) {
        const head = rest.indexOf("\r\n\r\n");
        const end = head + 4 + Number(/^content-length: *(\d+)/im.exec(rest.slice(0, head))?.[1] ?? 0);
        if (head === -1 || rest.length < end) return;
        phone.#receive(rest.slice(0, end));
        rest = rest.slice(end);
      }
    });
    return phone;
  }

  get contact(): string {
    const parameter = this.transport === "udp" ? "" : `;transport=${this.transport}`;
    return `<sip:phone@${this.address}:${this.port}${parameter}>`;
  }

  get via(): string {
    return `SIP/2.0/${this.transport.toUpperCase()} ${this.address}:${this.port};branch=z9hG4bK${randomBytes(8).toString("hex")};rport`;
  }

  say(text: string): void {
    this.#send(text);
  }

  /** What it was told and nobody has taken yet. */
  get untaken(): readonly Message[] {
    return this.#kept;
  }

  /** The next that fits, also of those that came before. */
  async hear(what: string, matches: (message: Message) => boolean): Promise<Message> {
    const index = this.#kept.findIndex(matches);
    const [before] = index === -1 ? [] : this.#kept.splice(index, 1);
    if (before) return before;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#wanted.delete(wanted);
        reject(new Error(`expected ${what}, found ${this.#kept.map(({ start }) => start).join(", ") || "nothing"}`));
      }, waitMs);
      const wanted: Wanted = {
        what,
        matches,
        found: (message) => {
          clearTimeout(timer);
          resolve(message);
        },
      };
      this.#wanted.add(wanted);
    });
  }

  hearRequest(method: string): Promise<Message> {
    return this.hear(method, (message) => message.method === method);
  }

  /** To that method; not 100. */
  hearStatus(status: number, method = "INVITE"): Promise<Message> {
    return this.hear(`${status} to ${method}`, (message) => {
      return message.status === status && message.header("CSeq").endsWith(` ${method}`);
    });
  }

  answer(request: Message, status: number, headers: readonly string[] = [], body = "", tag = "phone"): void {
    const to = request.header("To");
    this.say(
      writeMessage(
        `SIP/2.0 ${status} ${status === 200 ? "OK" : "Said"}`,
        [
          ...request.headers("Via").map((via) => `Via: ${via}`),
          ...request.headers("Record-Route").map((route) => `Record-Route: ${route}`),
          `From: ${request.header("From")}`,
          `To: ${to.includes(";tag=") ? to : `${to};tag=${tag}`}`,
          `Call-ID: ${request.header("Call-ID")}`,
          `CSeq: ${request.header("CSeq")}`,
          `Contact: ${this.contact}`,
          ...headers,
          ...(body === "" ? [] : ["Content-Type: application/sdp"]),
        ],
        body,
      ),
    );
  }

  [Symbol.dispose](): void {
    this.#close();
    this.#wanted.clear();
  }

  /** A request that was said again because our answer was late. */
  #isRepeated({ method, header }: Message): boolean {
    if (method === "") return false;
    const transaction = `${method} ${header("Via")}`;
    const isKnown = this.#requests.has(transaction);
    this.#requests.add(transaction);
    return isKnown;
  }

  #receive(text: string): void {
    if (text.trim() === "") return;
    const message = readMessage(text);
    if (message.status === 100 || this.#isRepeated(message)) return;
    for (const wanted of this.#wanted) {
      if (!wanted.matches(message)) continue;
      this.#wanted.delete(wanted);
      wanted.found(message);
      return;
    }
    this.#kept.push(message);
  }
}

/** One dialog of a telephone, whoever called. */
export class PhoneCall {
  readonly phone: RawPhone;
  readonly callId: string;
  /** From and To as the telephone writes them in its requests. */
  #local: string;
  #remote: string;
  #target: string;
  #routes: readonly string[] = [];
  #cseq = 1;
  #invite: { readonly via: string; readonly target: string } | undefined;

  private constructor(phone: RawPhone, callId: string, local: string, remote: string, target: string) {
    this.phone = phone;
    this.callId = callId;
    this.#local = local;
    this.#remote = remote;
    this.#target = target;
  }

  /** It calls. "" as SDP is an INVITE without an offer. */
  static dial(
    phone: RawPhone,
    given: { to?: string; from?: string; sdp?: string; headers?: readonly string[]; scheme?: string } = {},
  ): PhoneCall {
    const {
      to = "1000",
      from = '"A phone" <sip:42@127.0.0.1>',
      sdp = phoneSdp(),
      headers = [],
      scheme = "sip",
    } = given;
    const target = `${scheme}:${to}@127.0.0.1:${phone.server}`;
    const call = new PhoneCall(
      phone,
      `${randomBytes(8).toString("hex")}@phone`,
      `${from};tag=${randomBytes(4).toString("hex")}`,
      `<${target}>`,
      target,
    );
    call.#invite = { via: phone.via, target };
    call.#say("INVITE", 1, call.#invite.via, target, headers, sdp);
    return call;
  }

  /** It is called: what it will ask once it has answered. */
  static called(phone: RawPhone, invite: Message, tag = "phone"): PhoneCall {
    const call = new PhoneCall(
      phone,
      invite.header("Call-ID"),
      `${invite.header("To")};tag=${tag}`,
      invite.header("From"),
      uriOf(invite.header("Contact")),
    );
    call.#routes = invite.headers("Record-Route");
    return call;
  }

  cancel(): void {
    if (this.#invite) this.#say("CANCEL", 1, this.#invite.via, this.#invite.target);
  }

  /** Of a 2xx: the dialog stands from now on. */
  acknowledge(ok: Message, sdp = ""): void {
    this.#remote = ok.header("To").includes(";tag=") && this.#invite ? ok.header("To") : this.#remote;
    this.#target = uriOf(ok.header("Contact")) || this.#target;
    this.#routes = this.#invite ? ok.headers("Record-Route").toReversed() : this.#routes;
    this.#say("ACK", Number.parseInt(ok.header("CSeq"), 10), this.phone.via, this.#target, [], sdp);
  }

  /** Of a final answer to its first INVITE that is no 2xx. */
  acknowledgeRefusal(refusal: Message): void {
    if (!this.#invite) return;
    this.#remote = refusal.header("To");
    this.#say("ACK", 1, this.#invite.via, this.#invite.target);
  }

  async answered(): Promise<Message> {
    const ok = await this.phone.hearStatus(200);
    this.acknowledge(ok);
    return ok;
  }

  /** Within the dialog. */
  ask(method: string, headers: readonly string[] = [], body = ""): void {
    this.#cseq += 1;
    this.#say(method, this.#cseq, this.phone.via, this.#target, headers, body);
  }

  async hangUp(): Promise<void> {
    this.ask("BYE");
    await this.phone.hearStatus(200, "BYE");
  }

  #say(method: string, cseq: number, via: string, target: string, headers: readonly string[] = [], body = ""): void {
    const hasType = headers.some((header) => header.startsWith("Content-Type:"));
    this.phone.say(
      writeMessage(
        `${method} ${target} SIP/2.0`,
        [
          `Via: ${via}`,
          ...this.#routes.map((route) => `Route: ${route}`),
          "Max-Forwards: 70",
          `From: ${this.#local}`,
          `To: ${this.#remote}`,
          `Call-ID: ${this.callId}`,
          `CSeq: ${cseq} ${method}`,
          `Contact: ${this.phone.contact}`,
          ...headers,
          ...(body === "" || hasType ? [] : ["Content-Type: application/sdp"]),
        ],
        body,
      ),
    );
  }
}
