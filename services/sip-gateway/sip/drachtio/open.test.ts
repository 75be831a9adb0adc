/** Against a drachtio-server by script: what is said on its connection where no real one is needed. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { silentLog } from "@veche/kit/log.ts";
import { Happenings } from "../testing/scene.ts";
import { openDrachtio } from "./open.ts";

const secret = "a secret of the tests";

/** Takes applications with that secret; what they say stands in `said`. */
class ScriptedServer implements AsyncDisposable {
  readonly said = new Happenings<string>();
  /** It stands still. */
  isDeaf = false;
  readonly #server = createServer((socket) => this.#accept(socket));
  #socket: Socket | undefined;

  static async start(): Promise<ScriptedServer> {
    const scripted = new ScriptedServer();
    scripted.#server.listen(0, "127.0.0.1");
    await once(scripted.#server, "listening");
    return scripted;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  say(text: string): void {
    this.#socket?.write(`${Buffer.byteLength(text)}#${text}`);
  }

  /** Somebody rings, without a way to be told by the network. */
  ring(transaction: string, address: string, line = "X-Test: 1"): void {
    const head = `id|sip|network|300|udp|${address}|5060|10:00:00|${transaction}|`;
    const lines = [
      "INVITE sip:1000@192.0.2.1 SIP/2.0",
      `Via: SIP/2.0/UDP ${address};branch=z9hG4bK1`,
      "From: <sip:42@192.0.2.9>;tag=1",
      "To: <sip:1000@192.0.2.1>",
      `Call-ID: ${transaction}`,
      "CSeq: 1 INVITE",
      "Contact: <sip:42@192.0.2.9>",
      line,
      "Content-Length: 0",
    ];
    this.say(`${head}\r\n${lines.join("\r\n")}\r\n\r\n`);
  }

  drop(): void {
    this.#socket?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.drop();
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(socket: Socket): void {
    this.#socket = socket;
    let rest = "";
    socket.on("error", () => {});
    socket.on("data", (data) => {
      rest += data.toString();
      for (let cut = rest.indexOf("#"); cut > 0; cut = rest.indexOf("#")) {
        const end = cut + 1 + Number(rest.slice(0, cut));
        if (rest.length < end) return;
        const message = rest.slice(cut + 1, end);
        rest = rest.slice(end);
        const [id, verb, given] = message.split("|");
        if (verb === "authenticate")
          this.say(`x|response|${id}|${given === secret ? "OK|udp/192.0.2.1:5060|v0.9.9" : "NOK"}`);
        if (verb === "ping" && !this.isDeaf) this.say(`x|response|${id}|OK|pong`);
        this.said.add(message);
      }
    });
  }
}

function optionsFor(port: number, given = secret) {
  const calls = new Happenings<string>();
  const reachable = new Happenings<boolean>();
  const listener = {
    incoming: ({ id }: { id: string }) => calls.add(id),
    registration: () => {},
    reachable: reachable.add,
  };
  const trunk = { name: "pbx", server: "192.0.2.9", port: 5060, transport: "udp", account: undefined } as const;
  const trunks = [{ ...trunk, registers: false, dialsOut: true, isTrusted: false, addresses: [] }];
  const server = { host: "127.0.0.1", port, secret: given };
  const sessionTimer = { expires: 1_800, min: 90 };
  return {
    options: { trunks, listener, log: silentLog, allowsUnknown: false, sessionTimer, server },
    calls,
    reachable,
  };
}

test("without a secret, or with a short one, nothing is opened", async () => {
  for (const short of ["", "cymru"])
    await assert.rejects(openDrachtio(optionsFor(9, short).options), { code: "invalid-argument" });
});

test("a drachtio-server with another secret is told from one that is away", async () => {
  await using server = await ScriptedServer.start();
  const { options } = optionsFor(server.port, "another secret of the tests");
  await assert.rejects(openDrachtio(options), { code: "unauthenticated" });
});

test("strangers are refused, trunks ring, and the connection comes back when it was lost", async () => {
  await using server = await ScriptedServer.start();
  const { options, calls, reachable } = optionsFor(server.port);
  await using signalling = await openDrachtio(options);
  await server.said.until("the wish for calls", (text) => text.endsWith("|route|invite"));
  server.ring("stranger", "192.0.2.200");
  const refusal = await server.said.until("an answer", (text) => text.includes("|sip|stranger|"));
  assert.match(refusal, /\r\nSIP\/2\.0 403 /);
  server.ring("friend", "192.0.2.9");
  assert.equal(await calls.next("the call"), "friend");
  assert.deepEqual(calls.all, ["friend"]);
  server.drop();
  await reachable.until("its absence", (is) => !is);
  assert.throws(
    () =>
      signalling.dial(
        { trunk: undefined, to: "1", from: "", displayName: "", headers: {}, sdp: "" },
        { ringing: () => {}, answered: () => {}, failed: () => {} },
      ),
    { code: "unavailable" },
  );
  await reachable.until("its return", (is) => is);
  assert.equal(signalling.isReachable, true);
});

test("a drachtio-server that stands still is one that is away", async () => {
  await using server = await ScriptedServer.start();
  const { options, reachable } = optionsFor(server.port);
  await using _ = await openDrachtio(options);
  server.isDeaf = true;
  await reachable.until("its absence", (is) => !is);
  server.isDeaf = false;
  await reachable.until("its return", (is) => is);
});

test("what can't be read goes into no log and disturbs nothing", async (t) => {
  await using server = await ScriptedServer.start();
  const { options, calls } = optionsFor(server.port);
  await using _ = await openDrachtio(options);
  const written = t.mock.method(console, "error", () => {});
  server.ring("damaged", "192.0.2.9", "a line without a name");
  server.ring("whole", "192.0.2.9");
  assert.equal(await calls.next("the call"), "whole");
  assert.equal(written.mock.callCount(), 0);
});

test("what one address that is no trunk asks beyond its rate gets no answer", async () => {
  await using server = await ScriptedServer.start();
  await using _ = await openDrachtio(optionsFor(server.port).options);
  for (let n = 0; n < 200; n++) server.ring(`flood-${n}`, "192.0.2.200");
  server.ring("other", "192.0.2.201");
  await server.said.until("an answer to another", (text) => text.includes("|sip|other|"));
  const answered = server.said.all.filter((text) => text.includes("|sip|flood-")).length;
  assert.ok(answered >= 16 && answered < 100, `${answered} of 200 were answered`);
});
