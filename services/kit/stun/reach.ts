import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { readCheckAnswer, writeCheck } from "./stun.ts";

/** `stranger`: something answers there that is not the bridge that was meant. */
export type Reached = "reached" | "silent" | "stranger";

export type Target = { readonly protocol: "udp" | "tcp"; readonly ip: string; readonly port: number };

/** What ICE knows a transport of a bridge by (RFC 8445 5.3). */
export type IceCredentials = { readonly ufrag: string; readonly pwd: string };

export type Reach = (local: IceCredentials, target: Target) => Promise<Reached>;

/** A lost packet is no fault yet. */
const sendings = 3;
const patienceMs = 500;

/**
 * Whether an address leads to a bridge: a connectivity check (RFC 8445 7.1) to it, which only that bridge can answer with a
 * signature made with its transport's password.
 */
export const reachByStun: Reach = (local, target) =>
  target.protocol === "udp" ? reachByUdp(local, target) : reachByTcp(local, target);

async function reachByUdp({ ufrag, pwd }: IceCredentials, { ip, port }: Target) {
  const socket = createSocket(isIPv6(ip) ? "udp6" : "udp4");
  try {
    const found = Promise.withResolvers<Reached>();
    socket.on("message", (message) => found.resolve(judge(message, pwd)));
    // No route, or refused: nobody is there.
    socket.on("error", () => found.resolve("silent"));
    const send = () =>
      socket.send(writeCheck({ username: `${ufrag}:self`, password: pwd, role: "controlling" }), port, ip);
    send();
    const repeating = setInterval(send, patienceMs);
    const ending = setTimeout(() => found.resolve("silent"), sendings * patienceMs);
    const result = await found.promise;
    clearInterval(repeating);
    clearTimeout(ending);
    return result;
  } finally {
    socket.close();
  }
}

/** With the length before each message (RFC 4571), as ICE over TCP has it. */
async function reachByTcp({ ufrag, pwd }: IceCredentials, { ip, port }: Target) {
  const found = Promise.withResolvers<Reached>();
  const socket = connect(port, ip, () => {
    const check = writeCheck({ username: `${ufrag}:self`, password: pwd, role: "controlling" });
    socket.write(Buffer.concat([Buffer.from([check.length >> 8, check.length & 255]), check]));
  });
  let received = Buffer.alloc(0);
  socket.on("data", (data) => {
    received = Buffer.concat([received, data]);
    if (received.length < 2) return;
    const length = received.readUInt16BE(0);
    if (received.length >= 2 + length) found.resolve(judge(received.subarray(2, 2 + length), pwd));
  });
  socket.on("error", () => found.resolve("silent"));
  socket.on("close", () => found.resolve("silent"));
  const ending = setTimeout(() => found.resolve("silent"), sendings * patienceMs);
  const result = await found.promise;
  clearTimeout(ending);
  socket.destroy();
  return result;
}

function judge(message: Buffer, password: string): Reached {
  const answer = readCheckAnswer(message, password);
  return answer?.isSigned ? "reached" : "stranger";
}
