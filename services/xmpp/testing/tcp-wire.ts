import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { ns } from "../codec/namespaces.ts";
import { StreamParser } from "../codec/xml/stream-parser.ts";
import { parse, type ScriptedClient, type Wire } from "./scripted-client.ts";

const bounds = { bytes: 10_000_000, depth: 100, attributes: 1_000, children: 100_000 };

export const streamHeader = (to = "meet.jitsi") =>
  `<?xml version="1.0"?><stream:stream xmlns="${ns.client}" xmlns:stream="${ns.stream}" to="${to}" version="1.0">`;

export const startTls = `<starttls xmlns="${ns.tls}"/>`;

/** What a server says, as text, until something of it has come. */
export async function readUntil(socket: Socket, wanted: RegExp): Promise<string> {
  let text = "";
  for (;;) {
    const [bytes] = (await once(socket, "data")) as [Buffer];
    text += bytes;
    if (wanted.test(text)) return text;
  }
}

/** A connection that has been through STARTTLS. */
export async function connectSecurely(port: number): Promise<TLSSocket> {
  const socket = connectTcp(port, "127.0.0.1");
  socket.write(streamHeader());
  await readUntil(socket, /<\/stream:features>/);
  socket.write(startTls);
  await readUntil(socket, /<proceed /);
  const secure = connectTls({ socket, servername: "meet.jitsi", rejectUnauthorized: false });
  await once(secure, "secureConnect");
  return secure;
}

export async function openTcp(client: ScriptedClient, port: number): Promise<Wire> {
  const socket = await connectSecurely(port);
  let parser = new StreamParser(bounds);
  const closed = once(socket, "close").then(() => {
    client.isClosed = true;
    client.take(parse("<socket-closed/>"));
  });
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    const { parts, fault } = parser.write(bytes);
    assert.equal(fault, undefined, String(bytes));
    for (const part of parts) if (part.type === "element") client.take(part.element);
  });
  return {
    send: (xml) => void socket.write(xml),
    open: (domain) => {
      parser = new StreamParser(bounds);
      socket.write(streamHeader(domain));
    },
    close: async () => {
      socket.write("</stream:stream>");
      await closed;
    },
    drop: () => void socket.destroy(),
  };
}
