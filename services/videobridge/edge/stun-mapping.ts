import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { isIPv4 } from "node:net";

/** What a STUN server says of us (RFC 8489): the public address that is in front of this host. */
const bindingRequest = 0x0001;
const bindingSuccess = 0x0101;
const magicCookie = 0x2112a442;
const xorMappedAddress = 0x0020;
const headerBytes = 20;
const sendings = 3;
const patienceMs = 500;

/** "stun.example.org:3478", "[2001:db8::7]:3478"; without a port the standard one. */
export function readStunServer(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, port = "3478"] = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  return host && Number(port) > 0 && Number(port) <= 65535 ? { host, port: Number(port) } : undefined;
}

/** Undefined where nothing answers in time. */
export async function askMappedAddress(host: string, port: number): Promise<string | undefined> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  try {
    const transaction = randomBytes(12);
    const found = Promise.withResolvers<string | undefined>();
    socket.on("message", (message) => {
      const address = readMappedAddress(message, transaction);
      if (address !== undefined) found.resolve(address);
    });
    socket.on("error", () => found.resolve(undefined));
    // A name that can't be resolved is no answer either.
    const send = () => socket.send(writeRequest(transaction), port, host, (error) => error && found.resolve(undefined));
    send();
    const repeating = setInterval(send, patienceMs);
    const ending = setTimeout(() => found.resolve(undefined), sendings * patienceMs);
    const address = await found.promise;
    clearInterval(repeating);
    clearTimeout(ending);
    return address;
  } finally {
    socket.close();
  }
}

function writeRequest(transaction: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(bindingRequest, 0);
  header.writeUInt32BE(magicCookie, 4);
  return Buffer.concat([header, transaction]);
}

/** IPv4 only: an IPv6 address is the host's own, so nobody has to say it. */
export function readMappedAddress(message: Buffer, transaction: Buffer): string | undefined {
  if (message.length < headerBytes || message.readUInt16BE(0) !== bindingSuccess) return undefined;
  if (message.readUInt32BE(4) !== magicCookie || !message.subarray(8, headerBytes).equals(transaction))
    return undefined;
  for (let at = headerBytes; at + 4 <= message.length; ) {
    const [type, length] = [message.readUInt16BE(at), message.readUInt16BE(at + 2)];
    const value = message.subarray(at + 4, at + 4 + length);
    if (type === xorMappedAddress && value.length === 8 && value[1] === 1) {
      const bits = (value.readUInt32BE(4) ^ magicCookie) >>> 0;
      const ip = [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");
      return isIPv4(ip) ? ip : undefined;
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return undefined;
}
