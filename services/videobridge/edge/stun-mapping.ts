import { randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { attributeTypes, magicCookie, messageTypes, readMessage, writeMessage } from "@veche/kit/stun/stun.ts";

/** What a STUN server says of us (RFC 8489): the public address that is in front of this host. */
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
    const request = writeMessage({ type: messageTypes.bindingRequest, transaction, attributes: [] });
    const send = () => socket.send(request, port, host, (error) => error && found.resolve(undefined));
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

/** IPv4 only: an IPv6 address is the host's own, so nobody has to say it. */
export function readMappedAddress(message: Buffer, transaction: Buffer): string | undefined {
  const read = readMessage(message);
  if (read?.type !== messageTypes.bindingSuccess || !read.transaction.equals(transaction)) return undefined;
  const [, value] = read.attributes.find(([type]) => type === attributeTypes.xorMappedAddress) ?? [];
  if (value?.length !== 8 || value[1] !== 1) return undefined;
  const bits = (value.readUInt32BE(4) ^ magicCookie) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");
}
