import { createHash, createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** As much of a TURN client (RFC 8656 over TCP) as it takes to see whether a server takes credentials. */
const allocate = 0x0003;
const allocated = 0x0103;
const attribute = {
  username: 0x0006,
  integrity: 0x0008,
  realm: 0x0014,
  nonce: 0x0015,
  requestedTransport: 0x0019,
} as const;
const cookie = Buffer.from("2112a442", "hex");
const udp = Buffer.from([17, 0, 0, 0]);
const retryMs = 20;

type Message = { readonly type: number; readonly attributes: ReadonlyMap<number, Buffer> };

/** True where the server gives the client a relay address. */
export async function mayAllocate(port: number, username: string, password: string): Promise<boolean> {
  const socket = await connected(port);
  try {
    const transport = encode(attribute.requestedTransport, udp);
    const refused = await ask(socket, header(allocate, transport.length), transport);
    const realm = refused.attributes.get(attribute.realm) ?? Buffer.alloc(0);
    const nonce = refused.attributes.get(attribute.nonce) ?? Buffer.alloc(0);
    const body = Buffer.concat([
      transport,
      encode(attribute.username, Buffer.from(username)),
      encode(attribute.realm, realm),
      encode(attribute.nonce, nonce),
    ]);
    const head = header(allocate, body.length + 24);
    const key = createHash("md5").update(`${username}:${realm}:${password}`).digest();
    const integrity = createHmac("sha1", key).update(head).update(body).digest();
    const answered = await ask(socket, head, Buffer.concat([body, encode(attribute.integrity, integrity)]));
    return answered.type === allocated;
  } finally {
    socket.destroy();
  }
}

/** Waits for the server to be there. */
async function connected(port: number): Promise<Socket> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return socket;
    } catch {
      await wait(retryMs);
    }
  }
}

async function ask(socket: Socket, head: Buffer, body: Buffer): Promise<Message> {
  socket.write(Buffer.concat([head, body]));
  let received = Buffer.alloc(0);
  while (received.length < 20 || received.length < 20 + received.readUInt16BE(2)) {
    const [data] = (await once(socket, "data")) as [Buffer];
    received = Buffer.concat([received, data]);
  }
  return decode(received);
}

function header(type: number, length: number): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(length, 2);
  return Buffer.concat([head, cookie, randomBytes(12)]);
}

function encode(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

function decode(message: Buffer): Message {
  const attributes = new Map<number, Buffer>();
  for (let at = 20; at + 4 <= message.length; ) {
    const length = message.readUInt16BE(at + 2);
    attributes.set(message.readUInt16BE(at), message.subarray(at + 4, at + 4 + length));
    at += 4 + length + ((4 - (length % 4)) % 4);
  }
  return { type: message.readUInt16BE(0), attributes };
}
