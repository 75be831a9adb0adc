/** SIP by drachtio-server, with drachtio-srf behind it: the whole of it, put together. */
import { randomBytes } from "node:crypto";
import { type Clock, systemClock, waitAtMost } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { Credentials } from "../digest.ts";
import type { OutgoingInvite } from "../outgoing-invite.ts";
import type {
  DialTarget,
  OutgoingCall,
  OutgoingListener,
  Registration,
  Signalling,
  Source,
  Trunk,
} from "../signalling.ts";
import { type TrunkAnswer, TrunkWatch } from "../trunk-watch.ts";
import { addressOf, findWayOut, nextHop } from "../way-out.ts";
import type { AnsweredCall } from "./answered.ts";
import { askOnce } from "./ask.ts";
import { Executor } from "./executor.ts";
import { Gate } from "./gate.ts";
import { allow, headersFrom } from "./header-lines.ts";
import { Incoming } from "./incoming.ts";
import { limits } from "./limits.ts";
import { Link, type Received } from "./link.ts";
import type { DrachtioOptions } from "./options.ts";
import { sendInvite } from "./outgoing.ts";

const startMs = 20_000;
const farewellMs = 2_000;

/**
 * Resolves when drachtio-server is there. Throws with `invalid-argument` where there is no secret, with `unavailable` where
 * drachtio-server does not answer, with `unauthenticated` where it has another secret.
 */
export async function openDrachtio(options: DrachtioOptions): Promise<Signalling> {
  if (options.server.secret.length < limits.secretCharacters)
    throw new VecheError(
      "invalid-argument",
      `drachtio-server's secret: expected at least ${limits.secretCharacters} characters, found ${options.server.secret.length}`,
    );
  const { trunks, allowsUnknown, clock = systemClock } = options;
  const gate = await Gate.open({ trunks, allowsUnknown, clock });
  const signalling = new DrachtioSignalling(options, gate);
  try {
    await signalling.started();
  } catch (error) {
    await signalling[Symbol.asyncDispose]();
    throw error;
  }
  return signalling;
}

type Line = { readonly watch: TrunkWatch; readonly credentials: Credentials | undefined };

class DrachtioSignalling implements Signalling {
  readonly #options: DrachtioOptions;
  readonly #clock: Clock;
  readonly #gate: Gate;
  readonly #link: Link;
  readonly #lines: readonly Line[];
  /** Not answered, refused or cancelled yet; by Call-ID. */
  readonly #incoming = new Map<string, Incoming>();
  readonly #outgoing = new Set<OutgoingInvite>();
  /** By drachtio-server's name of the dialog. */
  readonly #answered = new Map<string, AnsweredCall>();
  readonly #started = Promise.withResolvers<void>();
  readonly #executor: Executor;
  /** Lost with drachtio-server, their phones not told yet. */
  #lost: AnsweredCall[] = [];
  #isReachable = false;
  #isDisposed = false;

  constructor(options: DrachtioOptions, gate: Gate) {
    const { clock = systemClock, server, trunks } = options;
    this.#options = options;
    this.#clock = clock;
    this.#gate = gate;
    this.#lines = trunks.map((trunk, index) => this.#makeLine(trunk, index));
    this.#executor = new Executor(server, clock, options.log, () => this.#disowned());
    this.#link = new Link(server, true, {
      opened: () => this.#opened(),
      closed: () => this.#closed(),
      refused: () =>
        this.#started.reject(new VecheError("unauthenticated", "drachtio-server has another secret than we have")),
      received: (request) => this.#received(request),
    });
  }

  async started(): Promise<void> {
    const late = this.#clock.after(startMs, () =>
      this.#started.reject(
        new VecheError("unavailable", `drachtio-server: expected an answer in ${startMs / 1000} s, found none`),
      ),
    );
    await this.#started.promise.finally(() => late.cancel());
  }

  get registrations(): readonly Registration[] {
    return this.#lines.map(({ watch }) => watch.registration);
  }

  get isReachable(): boolean {
    return this.#isReachable;
  }

  dial(target: DialTarget, listener: OutgoingListener): OutgoingCall {
    if (!this.#isReachable) throw new VecheError("unavailable", "the SIP process is away");
    const { trunk, index, to, from, headers } = findWayOut(target, this.#options.trunks);
    const server = index === undefined ? { address: trunk.server, port: trunk.port } : this.#gate.serverOf(index);
    if (!server) throw new VecheError("unavailable", `trunk ${trunk.name}: nobody knows ${trunk.server} just now`);
    const call = sendInvite(listener, {
      ...this.#callOptions(),
      id: randomBytes(16).toString("hex"),
      to,
      from,
      headers: headersFrom(headers),
      sdp: target.sdp,
      nextHop: nextHop(trunk, server),
      credentials: index === undefined ? undefined : this.#lines[index]?.credentials,
      onBegun: ({ id }, { transactionId, sent }) =>
        this.#executor.will(`out ${id}`, { type: "cancel", transactionId, uri: sent.uri }),
      onDecided: (decided) => {
        this.#outgoing.delete(decided);
        this.#executor.forget(`out ${decided.id}`);
      },
    });
    this.#outgoing.add(call);
    return call;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#started.promise.catch(() => {});
    this.#gate[Symbol.dispose]();
    if (this.#isReachable) await this.#sayGoodbye();
    this.#isReachable = false;
    this.#link[Symbol.dispose]();
    await this.#executor[Symbol.asyncDispose]();
  }

  async #sayGoodbye(): Promise<void> {
    const calls = [...this.#answered.values()].map(({ dialog }) => dialog);
    for (const { call } of [...this.#incoming.values()]) call.reject(503);
    for (const call of [...this.#outgoing]) call.cancel();
    for (const call of calls) call.hangUp();
    const unregistered = this.#lines.map(({ watch }) => watch[Symbol.asyncDispose]());
    const told = Promise.all([...calls.map(({ told }) => told), ...unregistered]);
    await waitAtMost(this.#clock, farewellMs, told);
  }

  #received(request: Received): void {
    const { message, dialogId, source } = request;
    const callId = message.header("call-id") ?? "";
    const call = dialogId === undefined ? undefined : this.#answered.get(dialogId);
    if (call) return void call.received(request);
    if (dialogId !== undefined) {
      const answering = this.#incoming.get(callId);
      if (answering) answering.received(request);
      else if (message.method !== "ACK") request.reply(481);
      return;
    }
    if (message.method === "ACK" || !source) return;
    const entry = this.#gate.enter(message, source);
    if (entry === "silence") return;
    if (typeof entry === "number") return void request.reply(entry);
    if (message.method === "OPTIONS")
      return void request.reply(200, { headers: { ...allow, Accept: "application/sdp" } });
    if (message.method !== "INVITE") return void request.reply(405, { headers: allow });
    this.#rung(request, source, entry.trunk);
  }

  #rung(request: Received, source: Source, index: number | undefined): void {
    const callId = request.message.header("call-id") ?? "";
    const sum = this.#incoming.size + this.#outgoing.size + this.#answered.size;
    if (this.#isDisposed || sum >= limits.calls) return void request.reply(503);
    // The same call by another way (RFC 3261, 8.2.2.2).
    if (this.#incoming.has(callId)) return void request.reply(482);
    const incoming = new Incoming(request, {
      ...this.#callOptions(),
      source,
      trunk: index === undefined ? undefined : this.#options.trunks[index],
      credentials: index === undefined ? undefined : this.#lines[index]?.credentials,
      onDecided: ({ id }) => {
        this.#incoming.delete(id);
        this.#executor.forget(`in ${id}`);
      },
    });
    this.#incoming.set(callId, incoming);
    const { call, transactionId, dialogHeaders } = incoming;
    this.#executor.will(`in ${callId}`, { type: "refuse", transactionId, headers: dialogHeaders });
    this.#options.listener.incoming(call);
  }

  #callOptions() {
    return {
      link: this.#link,
      clock: this.#clock,
      log: this.#options.log,
      timerRules: this.#options.sessionTimer,
      onAnswered: (call: AnsweredCall) => {
        this.#answered.set(call.dialogId, call);
        this.#executor.will(call.dialogId, { type: "bye", dialogId: call.dialogId });
      },
      onEnded: (call: AnsweredCall) => {
        this.#answered.delete(call.dialogId);
        this.#executor.forget(call.dialogId);
      },
    };
  }

  #opened(): void {
    this.#isReachable = true;
    this.#started.resolve();
    this.#options.log.info({}, "drachtio-server is there");
    this.#options.listener.reachable(true);
    for (const call of this.#lost.splice(0)) call.sayByeAnew();
    for (const { watch } of this.#lines) watch.start();
  }

  /** What drachtio-server still knows of our calls nobody can use any more: it knows them by their connection. */
  #closed(): void {
    if (!this.#isReachable || this.#isDisposed) return;
    this.#isReachable = false;
    for (const { watch } of this.#lines) watch.stop();
    this.#lost = [...this.#answered.values()];
    this.#loseAll();
    this.#options.listener.reachable(false);
  }

  /** We stood still for so long that our phones were hung up. */
  #disowned(): void {
    this.#options.log.warn({}, "stood still: all calls were hung up");
    this.#loseAll();
  }

  #loseAll(): void {
    const incoming = [...this.#incoming.values()].map(({ call }) => call);
    const answered = [...this.#answered.values()].map(({ dialog }) => dialog);
    for (const call of [...incoming, ...this.#outgoing, ...answered]) call.lose();
  }

  #makeLine(trunk: Trunk, index: number): Line {
    const { account } = trunk;
    const credentials = account && new Credentials(account.user, account.password);
    const domain = account?.domain ?? trunk.server;
    const self = `<${addressOf(account?.user ?? "veche", domain)}>`;
    const token = this.#gate.tokens[index];
    const transport = trunk.transport === "udp" ? "" : `;transport=${trunk.transport}`;
    // drachtio-server puts its own address in place of "localhost".
    const contact = `<sip:${encodeURIComponent(account?.user ?? "veche")}@localhost${transport}${token === undefined ? "" : `;veche=${token}`}>`;
    const callId = randomBytes(16).toString("hex");
    const tag = randomBytes(8).toString("hex");
    let cseq = 0;
    const ask = async (method: "REGISTER" | "OPTIONS", expiresS: number | undefined): Promise<TrunkAnswer> => {
      cseq += 2;
      const uri = addressOf(`sip:${domain}`, domain);
      const headers = {
        From: `${self};tag=${tag}`,
        To: method === "REGISTER" ? self : `<${uri}>`,
        Contact: contact,
        // Registrars know a registration by its Call-ID (RFC 3261, 10.2).
        ...(method === "REGISTER"
          ? { Expires: String(expiresS), "Call-ID": callId, CSeq: `${cseq} REGISTER` }
          : { Accept: "application/sdp" }),
      };
      const server = this.#gate.serverOf(index);
      const answer = server
        ? await askOnce(this.#link, { method, uri, headers, nextHop: nextHop(trunk, server) }, credentials)
        : 503;
      if (typeof answer === "number") return { status: answer, header: () => undefined, grantedS: undefined };
      const header = (name: string) => answer.header(name);
      return { status: answer.status, header, grantedS: grantedS(header, token) };
    };
    const watch = new TrunkWatch({
      clock: this.#clock,
      trunk,
      ask,
      onChange: (registration) => this.#options.listener.registration(registration),
    });
    return { watch, credentials };
  }
}

/** Of our own contact among those that the registrar lists; else of the answer as a whole. */
function grantedS(header: (name: string) => string | undefined, token: string | undefined): number | undefined {
  const ours = (header("contact") ?? "")
    .split(",")
    .find((one) => token !== undefined && one.includes(`veche=${token}`));
  const granted = Number(/>[^,]*;\s*expires\s*=\s*"?(\d{1,9})/i.exec(ours ?? "")?.[1] ?? header("expires"));
  return granted > 0 ? granted : undefined;
}
