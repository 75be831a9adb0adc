/** The XMPP server in a process of its own, the wires to it that carry anything, and somebody who looks on. */
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import WebSocket from "ws";
import type { Holding } from "./xmpp-process.ts";

/** A request that was damaged into one that is held has no answer yet, and that is an answer. */
const patienceMs = 2_500;
const connectionsAtOnce = 32;

export const httpbind = "http://jabber.org/protocol/httpbind";
export const sasl = "urn:ietf:params:xml:ns:xmpp-sasl";
export const auth = `<auth xmlns="${sasl}" mechanism="ANONYMOUS"/>`;
export const bind = '<iq type="set" id="b1"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>';
export const open = '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="meet.jitsi" version="1.0"/>';
export const header =
  '<?xml version="1.0"?><stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="meet.jitsi" version="1.0">';
export const startTls = '<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>';
export const ping = (id: string) =>
  `<iq xmlns="jabber:client" type="get" id="${id}" to="meet.jitsi"><ping xmlns="urn:xmpp:ping"/></iq>`;
/** Somebody who has nothing to do with all that. */
export class Onlooker {
  readonly #socket: WebSocket;
  #heard = "";
  #wake: () => void = () => {};

  constructor(port: number) {
    this.#socket = new WebSocket(`ws://127.0.0.1:${port}/xmpp-websocket`, "xmpp");
    this.#socket.on("message", (data) => {
      this.#heard = String(data);
      this.#wake();
    });
    this.#socket.on("close", () => {
      this.#heard = "<closed/>";
      this.#wake();
    });
  }

  async signIn(): Promise<void> {
    await once(this.#socket, "open");
    for (const [frame, answer] of [
      [open, /<mechanisms/],
      [auth, /<success/],
      [open, /<bind/],
      [bind, /<jid>/],
    ] as const) {
      await this.#ask(frame, answer);
    }
  }

  ping(id: string): Promise<void> {
    return this.#ask(ping(id), new RegExp(`id="${id}"`));
  }

  close(): void {
    this.#socket.terminate();
  }

  async #ask(frame: string, answer: RegExp): Promise<void> {
    this.#socket.send(frame);
    while (!answer.test(this.#heard)) {
      assert.notEqual(this.#heard, "<closed/>", "the onlooker was cut");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

type Server = { readonly child: ChildProcess; readonly port: number; readonly c2sPort: number };
export let server: Server;
const agent = new Agent({ keepAlive: true, maxSockets: connectionsAtOnce });

export async function startServer(): Promise<void> {
  const child = fork(new URL("./xmpp-process.ts", import.meta.url), { execArgv: ["--expose-gc"] });
  const [ports] = (await once(child, "message")) as [{ port: number; c2sPort: number }];
  server = { child, ...ports };
}

export async function stopServer(): Promise<void> {
  agent.destroy();
  if (!server?.child.connected) return;
  server.child.disconnect();
  await once(server.child, "exit");
}

export async function holding(): Promise<Holding> {
  server.child.send("what do you hold?");
  const [answer] = (await once(server.child, "message")) as [Holding];
  return answer;
}

export type HttpAnswer = { readonly status: number; readonly text: string } | "none yet";

export function post(body: Buffer | string, patience = patienceMs): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request({ port: server.port, method: "POST", path: "/http-bind", agent }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    const timer = setTimeout(() => {
      resolve("none yet");
      sent.destroy();
    }, patience);
    sent.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    sent.end(body);
  });
}

/** Writes the next body. */
export type BoshSession = (content: string, attributes?: string) => string;

export async function boshSession(): Promise<BoshSession> {
  let rid = 1_000_000;
  const opened = await post(`<body xmlns="${httpbind}" rid="${rid}" to="meet.jitsi" wait="1" hold="1" ver="1.6"/>`);
  const sid = /sid="([0-9a-f]{32})"/.exec(opened === "none yet" ? "" : opened.text)?.[1];
  assert.ok(sid, JSON.stringify(opened));
  const next = (content: string, attributes = "") =>
    `<body xmlns="${httpbind}" rid="${++rid}" sid="${sid}" ${attributes}>${content}</body>`;
  await post(next(auth));
  await post(next("", 'xmpp:restart="true" xmlns:xmpp="urn:xmpp:xbosh"'));
  await post(next(bind));
  return next;
}

/** Sends frames on a WebSocket and says what came of it: everything heard, and how it was closed where it was. */
export async function frames(bytes: Buffer, isBinary: boolean, isSignedIn: boolean): Promise<string> {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/xmpp-websocket`, "xmpp");
  let heard = "";
  let wake = () => {};
  socket.on("message", (data) => {
    heard += data;
    wake();
  });
  socket.on("error", () => {});
  socket.on("close", (code) => {
    heard += `<closed code="${code}"/>`;
    wake();
  });
  const until = async (wanted: RegExp) => {
    while (!wanted.test(heard)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  await once(socket, "open");
  if (isSignedIn) {
    socket.send(open);
    socket.send(auth);
    await until(/<success/);
    socket.send(open);
    socket.send(bind);
    await until(/<jid>/);
  }
  socket.send(bytes, { binary: isBinary });
  // Where the rubbish left the stream alone, this is answered.
  socket.send(isSignedIn ? ping("after") : open.replace("meet.jitsi", "elsewhere.example"));
  await until(/<closed|id="after"/);
  socket.terminate();
  return heard;
}

export async function everything(socket: Socket): Promise<string> {
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes;
  });
  socket.on("error", () => {});
  await once(socket, "close");
  return text;
}

export async function until(socket: Socket, wanted: RegExp): Promise<void> {
  let text = "";
  while (!wanted.test(text)) text += (await once(socket, "data"))[0];
}

export async function secureSocket(): Promise<Socket> {
  const socket = connect(server.c2sPort, "127.0.0.1");
  socket.write(header);
  await until(socket, /<\/stream:features>/);
  socket.write(startTls);
  await until(socket, /<proceed /);
  const secure = connectTls({ socket, rejectUnauthorized: false });
  await once(secure, "secureConnect");
  return secure;
}

type Debug = {
  readonly unauthenticated: number;
  readonly bosh: { readonly sessions: number };
  readonly connections: { readonly webSocket: number; readonly tcp: number };
  readonly sessions: number;
};

/** Nobody is there but the onlooker. */
export async function untilQuiet(): Promise<void> {
  let seen: unknown;
  for (let tries = 0; tries < 150; tries++) {
    const response = await fetch(`http://127.0.0.1:${server.port}/debug`);
    const { unauthenticated, bosh, connections, sessions } = (await response.json()) as Debug;
    seen = { unauthenticated, bosh: bosh.sessions, connections, sessions };
    if (unauthenticated + bosh.sessions + connections.tcp === 0 && connections.webSocket === 1) return;
    await delay(100);
  }
  assert.fail(`left behind: ${JSON.stringify(seen)}`);
}
