/**
 * Deliveries per CPU-second of the server: people in rooms over WebSocket, some of whom speak. Prints JSON.
 * `node bench/fan-out.ts [members] [rooms] [messages a second and room] [seconds]`, with NATS at NATS_URL.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { NatsBus } from "@veche/kit/nats-bus.ts";
import { focus, xmpp } from "@veche/proto/subjects.ts";
import { WebSocket } from "ws";
import { ns } from "../codec/namespaces.ts";

const [members = 100, rooms = 2, rate = 50, seconds = 10] = process.argv.slice(2).map(Number);
const url = process.env.NATS_URL ?? "nats://127.0.0.1:4222";
const port = Number(process.env.BENCH_PORT ?? 15_280);
const unit = `bench-${process.pid}`;

const generous = { XMPP_ROOM_CREATION_PER_MINUTE: "100000", XMPP_MAX_OCCUPANTS: "10000" };
const server = spawn(process.execPath, [...process.execArgv, new URL("../main.ts", import.meta.url).pathname], {
  env: {
    ...process.env,
    ...generous,
    NATS_URL: url,
    NATS_USER: "",
    XMPP_PORT: String(port),
    VECHE_UNIT: unit,
    LOG_LEVEL: "warn",
  },
  stdio: "inherit",
});

const bus = await NatsBus.open({ url, user: "", password: "" }, { role: "focus", instance: "bench", version: "0" });
bus.serve(
  focus.requestConference,
  async ({ room }) => {
    await bus.request(xmpp.openRoom, { unit }, { room, presence: {} });
    return { ready: true, focusJid: "focus@auth.meet.jitsi" };
  },
  { unit },
);

/** User and system time of the server so far, in seconds. */
function cpuSeconds(): number {
  const fields = readFileSync(`/proc/${server.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function memoryKiB(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))?.[1]);
}

class Member {
  readonly socket: WebSocket;
  readonly room: string;
  nick = "";
  messages = 0;
  presences = 0;
  #waiting: { text: string; resolve: (frame: string) => void } | undefined;

  constructor(room: string) {
    this.room = room;
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/xmpp-websocket`, "xmpp", { perMessageDeflate: false });
    this.socket.on("message", (data: Buffer) => {
      if (data[1] === 0x6d && data[2] === 0x65) this.messages++;
      else if (data[1] === 0x70) this.presences++;
      if (data[1] === 0x72) return this.socket.send(`<a xmlns="${ns.sm}" h="${this.#handled()}"/>`);
      const waiting = this.#waiting;
      if (!waiting) return;
      const frame = String(data);
      if (!frame.includes(waiting.text)) return;
      this.#waiting = undefined;
      waiting.resolve(frame);
    });
  }

  #handled(): number {
    return this.messages + this.presences + this.iqs;
  }

  iqs = 0;

  frame(text: string): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting = { text, resolve };
    });
  }

  async ask(xml: string, answer: string): Promise<string> {
    const frame = this.frame(answer);
    this.socket.send(xml);
    return frame;
  }

  async signIn(): Promise<void> {
    if (this.socket.readyState !== WebSocket.OPEN) await new Promise((resolve) => this.socket.once("open", resolve));
    const open = `<open xmlns="${ns.framing}" to="meet.jitsi" version="1.0"/>`;
    await this.ask(open, "features");
    await this.ask(`<auth xmlns="${ns.sasl}" mechanism="ANONYMOUS"/>`, "success");
    await this.ask(open, "features");
    const bound = await this.ask(`<iq type="set" id="b"><bind xmlns="${ns.bind}"/></iq>`, "<jid>");
    this.nick = /<jid>(.{8})/.exec(bound)?.[1] ?? "";
    await this.ask(`<enable xmlns="${ns.sm}" resume="true"/>`, "<enabled");
    this.iqs = 0;
  }

  async enter(): Promise<void> {
    this.iqs++;
    const request = `<iq type="set" id="c" to="focus.meet.jitsi"><conference xmlns="${ns.focus}" room="${this.room}"/></iq>`;
    await this.ask(request, 'ready="true"');
    await this.ask(
      `<presence to="${this.room}/${this.nick}"><x xmlns="${ns.muc}"/>${presencePayload}</presence>`,
      'code="110"',
    );
  }
}

const presencePayload = `<stats-id>Zoe-7fA</stats-id><c xmlns="${ns.caps}" hash="sha-1" node="n" ver="v"/><SourceInfo>{"a":{"muted":true}}</SourceInfo><jitsi_participant_region>eu</jitsi_participant_region><jitsi_participant_codecList>vp8,vp9,h264</jitsi_participant_codecList><nick xmlns="${ns.nick}">Zoe</nick>`;

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

process.on("uncaughtException", (error) => {
  console.error(error);
  server.kill("SIGTERM");
  process.exitCode = 1;
});

async function ready(): Promise<void> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
    if (response?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

try {
  await ready();
  const all = Array.from({ length: rooms }, (_, room) =>
    Array.from({ length: members }, () => new Member(`bench${room}@muc.meet.jitsi`)),
  );
  const everybody = all.flat();
  for (const member of everybody) await member.signIn();
  const idleKiB = memoryKiB();
  const joinCpu = cpuSeconds();
  const joinStart = performance.now();
  await Promise.all(everybody.map((member) => member.enter()));
  await until(() => everybody.every(({ presences }) => presences >= members + 1));
  const join = {
    ms: Math.round(performance.now() - joinStart),
    presencesPerCpuSecond: Math.round((rooms * members * (members + 1)) / (cpuSeconds() - joinCpu)),
  };
  const memberKiB = memoryKiB();
  const before = everybody.reduce((sum, { messages }) => sum + messages, 0);
  const [startCpu, start] = [cpuSeconds(), performance.now()];
  let sent = 0;
  const ticks = seconds * rate;
  for (let tick = 0; tick < ticks; tick++) {
    for (const room of all) {
      const member = room[tick % members];
      member?.socket.send(
        `<message to="${member.room}" type="groupchat" id="m${tick}"><body>Hello everybody, number ${tick}</body></message>`,
      );
      sent++;
    }
    const wait = start + ((tick + 1) / rate) * 1_000 - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
  const expected = sent * members;
  const delivered = () => everybody.reduce((sum, { messages }) => sum + messages, 0) - before;
  const limit = performance.now() + 20_000;
  await until(() => delivered() >= expected || performance.now() > limit);
  const cpu = cpuSeconds() - startCpu;
  console.log(
    JSON.stringify({
      members,
      rooms,
      rate,
      join,
      sent,
      delivered: delivered(),
      expected,
      wallMs: Math.round(performance.now() - start),
      cpuSeconds: Number(cpu.toFixed(2)),
      deliveriesPerCpuSecond: Math.round(delivered() / cpu),
      idleKiBPerSession: Math.round(idleKiB / everybody.length),
      rssKiB: { signedIn: idleKiB, joined: memberKiB, after: memoryKiB() },
    }),
  );
} finally {
  server.kill("SIGTERM");
  await new Promise((resolve) => server.once("exit", resolve));
  process.exit();
}
