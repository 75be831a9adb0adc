/**
 * Ten thousand generated pieces of rubbish each at the media ports, on the bridge channel and in Jingle, while two people
 * talk: each has a defined answer, nothing dies, little is left behind, and the two notice nothing.
 */
import assert from "node:assert/strict";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { readCheckAnswer, writeCheck } from "@veche/kit/stun/stun.ts";
import { frame } from "@veche/videobridge/testing/packets.ts";
import { Random } from "@veche/videobridge/testing/random.ts";
import WebSocket from "ws";
import { startTestStack, type TestStack } from "../harness/stack.ts";
import { measurable, measured } from "./burden.ts";
import { badMessage, wrongAddress } from "./channel-rubbish.ts";
import { insiderOf } from "./insider.ts";
import { sendJingle } from "./jingle-rubbish.ts";
import { badFrame, badPacket, type IceSecrets, isDtls, isStun } from "./media-rubbish.ts";
import { Onlookers } from "./onlookers.ts";
import { counting, describe, type Told } from "./told.ts";

const count = 10_000;
const warmUp = 500;
/** So many between two checks that are right, so that nothing is lost on the way. */
const stride = 50;
/** After that another takes over: once its handshake has failed, nobody looks at what comes. */
const packetsOfInsider = 250;
/** Fewer than a channel may send at once. */
const framesOfChannel = 100;
const room = "onlookers@muc.meet.jitsi";

let stack: TestStack;
let onlookers: Onlookers;
before(async () => {
  stack = await startTestStack({ ...measurable, XMPP_ROOM_CREATION_PER_MINUTE: "100000" });
  onlookers = await Onlookers.join(stack, "onlookers");
});
after(async () => {
  onlookers?.[Symbol.dispose]();
  await stack?.[Symbol.asyncDispose]();
});
afterEach(() => onlookers.assertNoProcessDied());

/** Somebody's socket at the UDP port, that counts what comes back. */
class Peer {
  readonly told: Told = new Map();
  readonly #socket: UdpSocket = createSocket("udp4");
  readonly #port: number;
  bytesSent = 0;
  bytesHeard = 0;

  constructor(port: number) {
    this.#port = port;
    const note = counting(this.told);
    this.#socket.on("message", (message: Buffer) => {
      this.bytesHeard += message.length;
      note(isStun(message) ? "STUN" : isDtls(message) ? "DTLS" : "something else");
    });
  }

  send(packet: Buffer): void {
    this.bytesSent += packet.length;
    this.#socket.send(packet, this.#port, "127.0.0.1");
  }

  /** A check that is right has its answer: everything sent before has been dealt with. */
  async isAnswered({ ufrag, pwd }: IceSecrets): Promise<void> {
    const isSuccess = (message: Buffer) => readCheckAnswer(message, pwd)?.isSigned === true;
    this.send(writeCheck({ username: `${ufrag}:x`, password: pwd, role: "controlling" }));
    for (;;) {
      const [message]: Buffer[] = await once(this.#socket, "message", { signal: AbortSignal.timeout(5_000) });
      if (message && isSuccess(message)) return;
    }
  }

  close(): void {
    this.#socket.close();
  }
}

test("ten thousand datagrams at the UDP port", async (t) => {
  const { media } = stack.local.ports;
  const [stranger, member] = [new Peer(media), new Peer(media)];
  const sendAll = async (from: number, to: number) => {
    for (let start = from; start < to; start += packetsOfInsider) {
      await using insider = await insiderOf(stack, room);
      const { secrets } = insider;
      await member.isAnswered(secrets);
      for (let seed = start; seed < Math.min(start + packetsOfInsider, to); seed++) {
        const random = new Random(seed);
        if (seed % 2 === 0) member.send(badPacket(secrets, random));
        else stranger.send(badPacket({ ...secrets, pwd: "guessed" }, random));
        if (seed % stride === 0) await member.isAnswered(secrets);
      }
    }
  };
  await sendAll(1_000_000, 1_000_000 + warmUp);
  await measured(t, stack, ["worker", "videobridge", "focus"], count, () => sendAll(0, count));
  t.diagnostic(`a stranger was told: ${describe(stranger.told)}; a member: ${describe(member.told)}`);
  assert.deepEqual([...stranger.told.keys()], ["STUN"], "a stranger is refused, and gets no handshake");
  assert.ok(stranger.bytesHeard <= stranger.bytesSent, "nobody is flooded through the bridge");
  assert.ok(!member.told.has("something else"), describe(member.told));
  stranger.close();
  member.close();
  await onlookers.noticedNothing(t);
});

/** Writes piece after piece; what comes back is STUN and DTLS in whole frames. */
async function writeFrames(socket: Socket, frames: readonly (readonly Buffer[])[], told: Told): Promise<void> {
  const note = counting(told);
  let unread = Buffer.alloc(0);
  socket.on("data", (data: Buffer) => {
    unread = Buffer.concat([unread, data]);
    while (unread.length >= 2 && unread.length >= 2 + unread.readUInt16BE(0)) {
      const message = unread.subarray(2, 2 + unread.readUInt16BE(0));
      unread = unread.subarray(2 + message.length);
      note(isStun(message) ? "STUN" : isDtls(message) ? "DTLS" : "something else");
    }
  });
  for (const piece of frames.flat()) {
    if (socket.destroyed) return;
    await new Promise<void>((resolve) => socket.write(piece, () => resolve()));
  }
}

async function openTcp(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

async function isAnsweredByTcp(port: number, { ufrag, pwd }: IceSecrets): Promise<void> {
  const socket = await openTcp(port);
  socket.write(frame(writeCheck({ username: `${ufrag}:x`, password: pwd, role: "controlling" })));
  const [answer]: Buffer[] = await once(socket, "data", { signal: AbortSignal.timeout(5_000) });
  assert.equal(readCheckAnswer(answer?.subarray(2) ?? Buffer.alloc(0), pwd)?.isSigned, true);
  socket.destroy();
}

test("ten thousand frames at the TCP port, among three hundred slow connections", async (t) => {
  const { mediaTcp } = stack.local.ports;
  await using insider = await insiderOf(stack, room);
  const { secrets } = insider;
  const told: Told = new Map();
  const sendAll = async (from: number, to: number) => {
    for (let seed = from; seed < to; seed += stride) {
      const socket = await openTcp(mediaTcp);
      const frames = Array.from({ length: stride }, (_, index) => badFrame(secrets, new Random(seed + index)));
      await writeFrames(socket, frames, told);
      if (seed % (stride * 2) === 0) socket.destroy();
      else socket.end();
      await isAnsweredByTcp(mediaTcp, secrets);
    }
  };
  await sendAll(2_000_000, 2_000_000 + warmUp);
  await measured(t, stack, ["worker", "videobridge", "focus"], count, async () => {
    const slow = await Promise.all(Array.from({ length: 300 }, () => openTcp(mediaTcp)));
    for (const [index, socket] of slow.entries()) socket.write(Buffer.from([4, 0, index & 255]));
    await sendAll(1, count);
    for (const socket of slow) if (!socket.destroyed) socket.write(Buffer.from([7]));
    t.diagnostic(`${slow.filter(({ destroyed }) => destroyed).length} of the slow connections were cut`);
    for (const socket of slow) socket.destroy();
    await isAnsweredByTcp(mediaTcp, secrets);
  });
  t.diagnostic(`told: ${describe(told)}`);
  assert.ok(!told.has("something else"), describe(told));
  await onlookers.noticedNothing(t);
});

/** The status the server refuses the socket with, or the socket. */
function openChannel(url: URL): Promise<WebSocket | number> {
  const socket = new WebSocket(url, { rejectUnauthorized: false });
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve(socket));
    socket.once("unexpected-response", (_request, response) => resolve(response.statusCode ?? 0));
    socket.once("error", reject);
  });
}

/** What became of the frames: read, or the channel closed. */
async function sendFrames(url: URL, messages: readonly (string | Buffer)[]): Promise<string> {
  const socket = await openChannel(url);
  assert.ok(socket instanceof WebSocket, `refused with ${socket}`);
  socket.on("error", () => undefined);
  const closed = once(socket, "close").then(([code]) => `closed with ${code}`);
  for (const message of messages) socket.send(message, { binary: typeof message !== "string" });
  socket.ping();
  const outcome = await Promise.race([closed, once(socket, "pong").then(() => "read")]);
  socket.close();
  await closed;
  return outcome;
}

test("ten thousand frames on the bridge channel of a member of the same call", async (t) => {
  await using insider = await insiderOf(stack, room);
  const { channelUrl, someone, other } = insider;
  const told: Told = new Map();
  const note = counting(told);
  const sendAll = async (from: number, to: number) => {
    for (let start = from; start < to; start += framesOfChannel) {
      const messages = Array.from({ length: framesOfChannel }, (_, index) =>
        badMessage(someone.nick, other.nick, new Random(start + index)),
      );
      note(await sendFrames(channelUrl, messages));
    }
  };
  await sendAll(1_000_000, 1_000_000 + warmUp);
  await measured(t, stack, ["worker", "videobridge", "focus"], count, () => sendAll(0, count));
  t.diagnostic(`channels: ${describe(told)}`);
  const allowed = ["read", "closed with 1007", "closed with 1008", "closed with 1009"];
  assert.deepEqual(
    [...told.keys()].filter((what) => !allowed.includes(what)),
    [],
  );
  assert.match(await sendFrames(channelUrl, ['{"colibriClass":"ClientHello"}']), /^read$/);
  await onlookers.noticedNothing(t);
});

test("a bridge channel is opened by nobody who has not its address", async (t) => {
  await using insider = await insiderOf(stack, room);
  const told: Told = new Map();
  const note = counting(told);
  // At once: the web role waits a while for a bridge it does not know.
  const trying = Array.from({ length: 300 }, async (_, seed) => {
    const url = wrongAddress(insider.channelUrl, new Random(seed));
    const outcome = await openChannel(url);
    assert.ok([400, 403, 404].includes(Number(outcome)), `${url}: ${outcome}`);
    note(String(outcome));
  });
  await Promise.all(trying);
  t.diagnostic(describe(told));
  await onlookers.noticedNothing(t);
});

test("ten thousand wrong stanzas of Jingle, some in the very room", async (t) => {
  const rooms = ["onlookers", "jingle-1", "jingle-2", "jingle-3", "jingle-4"].map((name) => `${name}@muc.meet.jitsi`);
  const told: Told = new Map();
  await sendJingle(stack, rooms, { count: warmUp, seed: 301 }, () => {});
  await measured(t, stack, ["xmpp", "focus", "videobridge", "worker"], count, () =>
    sendJingle(stack, rooms, { count, seed: 303 }, counting(told)),
  );
  t.diagnostic(describe(told));
  await onlookers.noticedNothing(t);
});
