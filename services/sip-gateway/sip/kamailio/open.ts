/** SIP by Kamailio, with SIP.js behind it: the whole of it, put together. */
import { execFile } from "node:child_process";
import { isIP } from "node:net";
import { promisify } from "node:util";
import { type Clock, systemClock, type Timer, waitAtMost } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { localAddressTowards } from "@veche/kit/local-address.ts";
import { ownAddress } from "@veche/kit/own-address.ts";
import type { IncomingRequestMessage } from "sip.js/lib/core/index.js";
import { cleanDisplayName } from "../headers.ts";
import { IncomingInvite } from "../incoming-invite.ts";
import type { InviteDialog } from "../invite-dialog.ts";
import type { OutgoingInvite } from "../outgoing-invite.ts";
import { uriOf } from "../party.ts";
import type { DialTarget, OutgoingCall, OutgoingListener, Registration, Signalling, Trunk } from "../signalling.ts";
import { addressesOf, findServers, type Server } from "../trunk-addresses.ts";
import { findWayOut } from "../way-out.ts";
import { type Agent, Agents, makeUri, parseUri } from "./agents.ts";
import { checkOptions, isAny } from "./faults.ts";
import { type Prepared, prepare } from "./files.ts";
import { Heartbeat } from "./heartbeat.ts";
import { readArrival, receiveInvite } from "./incoming.ts";
import { Link } from "./link.ts";
import type { KamailioOptions } from "./options.ts";
import { makeCallId, sendInvite } from "./outgoing.ts";
import { awaitPredecessor, KamailioProcess } from "./process.ts";
import { nextHop, Proofs } from "./proofs.ts";
import { TrunkLine } from "./trunk-line.ts";

const startMs = 20_000;
const farewellMs = 2_000;
/** Where a server is unknown, and where it is known. */
const lookEveryMs = { unknown: 5_000, known: 60_000 } as const;

/**
 * Resolves when Kamailio is there. Throws with `invalid-argument` where the options are wrong, with `unavailable` where
 * Kamailio does not start.
 */
export async function openKamailio(options: KamailioOptions): Promise<Signalling> {
  checkOptions(options);
  const { process } = options;
  const prepared = await prepare(options);
  if (process.kind === "own") {
    await checkConfig(process.program, prepared.configPath);
    await awaitPredecessor(pidPathOf(process.directory), prepared.configPath, options.log);
  }
  const servers = await findAll(options);
  const locals = await Promise.all(servers.map((found) => localFor(options.listen, found[0]?.address)));
  const signalling = new KamailioSignalling(options, prepared, servers, locals);
  try {
    await signalling.started();
  } catch (error) {
    await signalling[Symbol.asyncDispose]();
    throw error;
  }
  return signalling;
}

function pidPathOf(directory: string): string {
  return `${directory}/kamailio.pid`;
}

async function checkConfig(program: string, path: string): Promise<void> {
  try {
    await promisify(execFile)(program, ["-c", "-f", path], { timeout: startMs });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split("\n").slice(-3).join(" ");
    throw new VecheError("unavailable", `${program} does not start: ${said || (error as Error).message}`, {
      cause: error,
    });
  }
}

/** Servers of all trunks, as far as a socket of ours reaches them. */
async function findAll({ trunks, listen }: KamailioOptions): Promise<readonly (readonly Server[])[]> {
  const fits = ({ address }: Server) => listen.address === "::" || isIP(address) === isIP(listen.address);
  return Promise.all(trunks.map(async (trunk) => (await findServers(trunk)).filter(fits)));
}

/** What trunks reach us by. */
async function localFor(listen: KamailioOptions["listen"], trunkAddress: string | undefined): Promise<string> {
  if (listen.advertised) return listen.advertised;
  if (!isAny(listen.address)) return listen.address;
  return (trunkAddress && (await localAddressTowards(trunkAddress))) || ownAddress(listen.address);
}

class KamailioSignalling implements Signalling {
  readonly #options: KamailioOptions;
  readonly #clock: Clock;
  readonly #prepared: Prepared;
  readonly #agents: Agents;
  readonly #proofs: Proofs;
  readonly #link: Link;
  readonly #process: KamailioProcess | undefined;
  readonly #lines: readonly TrunkLine[];
  readonly #locals: readonly string[];
  readonly #ringing = new Set<IncomingInvite | OutgoingInvite>();
  readonly #answered = new Set<InviteDialog>();
  /** Lost with Kamailio, their phones not told yet. */
  #lost: InviteDialog[] = [];
  /** Of the trunks. */
  #servers: readonly (readonly Server[])[];
  #looking: Timer;
  #heartbeat: Heartbeat | undefined;
  #isReachable = false;
  /** Of the Kamailio that died last, until another is there. */
  #whyAway: string | undefined;
  #isDisposed = false;
  readonly #started = Promise.withResolvers<void>();

  constructor(
    options: KamailioOptions,
    prepared: Prepared,
    servers: readonly (readonly Server[])[],
    locals: readonly string[],
  ) {
    const { clock = systemClock, log, process: how, trunks } = options;
    const { link, configPath } = prepared;
    this.#options = options;
    this.#clock = clock;
    this.#prepared = prepared;
    this.#servers = servers;
    this.#locals = locals;
    this.#agents = new Agents({ send: (message) => this.#link.send(message) }, log, (request) => this.#rung(request));
    this.#proofs = new Proofs(this.#agents, log);
    this.#lines = trunks.map(
      (trunk, index) =>
        new TrunkLine({
          agents: this.#agents,
          proofs: this.#proofs,
          clock,
          trunk,
          contact: this.#contactFor(trunk, index, prepared.trunks[index]?.contactToken),
          servers: () => this.#servers[index] ?? [],
          onChange: (registration) => options.listener.registration(registration),
        }),
    );
    if (how.kind === "own") {
      const command = [how.program, "-DD", "-E", "-f", configPath, "-w", how.directory, "-Y", how.directory];
      const memory = ["-m", "64", "-M", "8", "-P", pidPathOf(how.directory)];
      const secrets = [link.secret, ...trunks.flatMap(({ account }) => account?.password ?? [])];
      this.#process = new KamailioProcess([...command, ...memory], clock, log, (text) => mask(text, secrets), {
        died: (why) => this.#died(why),
      });
    }
    const target = how.kind === "own" ? { host: link.address, port: link.port } : { host: how.host, port: how.port };
    this.#link = new Link(target, link.secret, clock, {
      opened: () => this.#opened(),
      closed: () => this.#closed(),
      received: (message) => this.#agents.receive(message),
    });
    this.#looking = this.#lookAgain();
  }

  async started(): Promise<void> {
    const late = this.#clock.after(startMs, () =>
      this.#started.reject(
        new VecheError(
          "unavailable",
          `Kamailio: expected an answer in ${startMs / 1000} s, found none${this.#whyAway ? `: ${this.#whyAway}` : ""}`,
        ),
      ),
    );
    await this.#started.promise.finally(() => late.cancel());
  }

  get registrations(): readonly Registration[] {
    return this.#lines.map(({ registration }) => registration);
  }

  get isReachable(): boolean {
    return this.#isReachable;
  }

  dial(target: DialTarget, listener: OutgoingListener): OutgoingCall {
    if (!this.#isReachable) throw new VecheError("unavailable", "the SIP process is away");
    const { listen, trunks } = this.#options;
    const way = findWayOut(target, trunks);
    const { trunk, index = -1 } = way;
    const server = index === -1 ? { address: trunk.server, port: trunk.port } : this.#lines[index]?.server;
    if (!server) throw new VecheError("unavailable", `trunk ${trunk.name}: nobody knows ${trunk.server} just now`);
    if (listen[trunk.transport] === 0) throw new VecheError("unavailable", `${trunk.transport} is off here`);
    const contact = this.#contactFor(trunk, index, undefined);
    const from = parseUri(uriOf(way.from));
    if (!trunk.account) from.host = contact.host;
    const agent = this.#agents.open(makeCallId(), {
      contact,
      aor: contact,
      credentials: this.#lines[index]?.credentials,
    });
    const call = sendInvite(agent, listener, {
      ...this.#callOptions(),
      target: parseUri(way.to),
      from,
      displayName: cleanDisplayName(target.displayName),
      headers: [...nextHop(trunk, server), ...way.headers],
      sdp: target.sdp,
      prove: () => this.#proofs.of(trunk, server, contact),
      onDecided: (decided) => this.#ringing.delete(decided),
    });
    this.#ringing.add(call);
    return call;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#started.promise.catch(() => {});
    this.#looking.cancel();
    if (this.#isReachable) await this.#sayGoodbye();
    this.#isReachable = false;
    this.#heartbeat?.[Symbol.dispose]();
    this.#link[Symbol.dispose]();
    await this.#process?.[Symbol.asyncDispose]();
    this.#agents[Symbol.dispose]();
  }

  async #sayGoodbye(): Promise<void> {
    const calls = [...this.#answered];
    for (const call of this.#ringing) {
      if (call instanceof IncomingInvite) call.reject(503);
      else call.cancel();
    }
    for (const call of calls) call.hangUp();
    const unregistered = this.#lines.map((line) => line[Symbol.asyncDispose]());
    const told = Promise.all([...calls.map(({ told }) => told), ...unregistered]);
    await waitAtMost(this.#clock, farewellMs, told);
  }

  #rung(request: IncomingRequestMessage): Agent | undefined {
    const arrival = readArrival(request.getHeader("veche-call"), this.#prepared.link.secret);
    const { ruri } = request;
    if (!arrival || !ruri || this.#isDisposed) return undefined;
    const trunk = this.#options.trunks[arrival.trunk];
    const { local, source } = arrival;
    const contact = makeUri({ user: ruri.user ?? "", host: local.ip, port: local.port, transport: source.transport });
    const credentials = this.#lines[arrival.trunk]?.credentials;
    const agent = this.#agents.open(request.callId, { contact, aor: ruri, credentials });
    agent.core.delegate = {
      onInvite: (invite) => {
        const call = receiveInvite(agent, invite, {
          ...this.#callOptions(),
          trunk,
          source,
          onDecided: (decided) => this.#ringing.delete(decided),
        });
        this.#ringing.add(call);
        this.#options.listener.incoming(call);
      },
    };
    return agent;
  }

  #callOptions() {
    const { log, sessionTimer: timerRules } = this.#options;
    return {
      clock: this.#clock,
      log,
      timerRules,
      onAnswered: (call: InviteDialog) => void this.#answered.add(call),
      onEnded: (call: InviteDialog) => void this.#answered.delete(call),
    };
  }

  #contactFor({ account, transport }: Trunk, index: number, token: string | undefined) {
    const { listen } = this.#options;
    const parameters: Record<string, string> = token === undefined ? {} : { veche: token };
    const host = this.#locals[index] ?? listen.advertised ?? ownAddress(listen.address);
    return makeUri({ user: account?.user ?? "veche", host, port: listen[transport], transport, parameters });
  }

  #opened(): void {
    this.#heartbeat = new Heartbeat(this.#agents, this.#clock, () => this.#servers.map(addressesOf), {
      alive: () => this.#reached(),
      silent: () => {
        this.#options.log.error({}, "Kamailio does not answer");
        if (this.#process) this.#process.kill();
        else this.#link.reset();
      },
      disowned: () => this.#link.reset(),
    });
  }

  #died(why: string): void {
    this.#whyAway = why;
    this.#link.reset();
    // Else it is told when the connection has closed.
    if (!this.#isReachable) this.#options.listener.reachable(false, why);
  }

  #reached(): void {
    this.#isReachable = true;
    this.#whyAway = undefined;
    this.#started.resolve();
    this.#options.log.info({}, "Kamailio is there");
    this.#options.listener.reachable(true);
    for (const call of this.#lost.splice(0)) call.sayBye();
    for (const line of this.#lines) line.start();
  }

  #closed(): void {
    this.#heartbeat?.[Symbol.dispose]();
    this.#heartbeat = undefined;
    if (!this.#isReachable || this.#isDisposed) return;
    this.#isReachable = false;
    for (const line of this.#lines) line.stop();
    for (const call of [...this.#ringing]) call.lose();
    this.#lost = [...this.#answered];
    for (const call of this.#lost) call.lose();
    this.#options.listener.reachable(false, this.#whyAway);
  }

  #lookAgain(): Timer {
    const isKnown = this.#servers.every((found) => found.length > 0);
    return this.#clock.after(lookEveryMs[isKnown ? "known" : "unknown"], () => void this.#look());
  }

  async #look(): Promise<void> {
    const found = await findAll(this.#options);
    // A name server that is away just now takes no trunk away.
    this.#servers = found.map((servers, index) => (servers.length > 0 ? servers : (this.#servers[index] ?? [])));
    if (!this.#isDisposed) this.#looking = this.#lookAgain();
  }
}

/** Secrets, and what digests are made of. */
function mask(text: string, secrets: readonly string[]): string {
  const without = secrets.reduce((masked, secret) => masked.replaceAll(secret, "***"), text);
  return without.replace(/((?:proxy-)?authorization:).*/gi, "$1 ***");
}
