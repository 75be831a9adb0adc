/** drachtio-server with drachtio-srf as the suite wants it: one server for each directory, started anew where it dies. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { silentLog } from "@veche/kit/log.ts";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { openDrachtio } from "../drachtio/open.ts";
import type { Signalling } from "../signalling.ts";
import { writeMessage } from "./message.ts";
import { isAlive } from "./processes.ts";
import { RawPhone } from "./raw-phone.ts";
import type { OpenOptions, Subject } from "./scene.ts";

const program = process.env.DRACHTIO_SERVER_BIN || "drachtio";
const secret = "a secret of the tests alone";
const startMs = 30_000;
const againMs = 100;

/** It ends when we do, three seconds later: time for goodbyes. Says a line when the pid stands in its file. */
const watched = `exec 3<&0
"$0" -f "$1" > /dev/null & server=$!
echo $server > "$2"; echo started
(cat <&3 > /dev/null; sleep 3; kill -9 $server) > /dev/null & watcher=$!
wait $server; kill $watcher`;

class Server implements AsyncDisposable {
  readonly adminPort: number;
  readonly #options: OpenOptions;
  #child: ChildProcess | undefined;
  #isDisposed = false;

  private constructor(adminPort: number, options: OpenOptions) {
    this.adminPort = adminPort;
    this.#options = options;
  }

  static async start(options: OpenOptions): Promise<Server> {
    await awaitPredecessor(options.directory);
    const server = new Server(await freePort(), options);
    await writeFile(join(options.directory, "drachtio.conf.xml"), configOf(options, server.adminPort), { mode: 0o600 });
    try {
      await server.#run();
      await server.#listening();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    const pid = await pidIn(this.#options.directory);
    if (pid !== undefined && (await isAlive(pid))) process.kill(pid, "SIGKILL");
    const child = this.#child;
    child?.stdin?.destroy();
    if (child && child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }

  async #run(): Promise<void> {
    const { directory } = this.#options;
    const args = [program, join(directory, "drachtio.conf.xml"), join(directory, "drachtio.pid")];
    const child = spawn("sh", ["-c", watched, ...args], { cwd: directory, stdio: ["pipe", "pipe", "ignore"] });
    this.#child = child;
    child.once("exit", () => {
      child.stdin?.destroy();
      if (!this.#isDisposed) void this.#run();
    });
    await once(child.stdout, "data");
  }

  async #listening(): Promise<void> {
    const { udp, tcp, tls } = this.#options.ports;
    for (const port of [this.adminPort, tcp, tls]) if (port !== 0) await this.#listensAt(port);
    if (udp !== 0) await hearsDatagrams(udp);
  }

  async #listensAt(port: number): Promise<void> {
    const end = Date.now() + startMs;
    for (;;) {
      const socket = connect(port, "127.0.0.1");
      const isThere = await once(socket, "connect").then(
        () => true,
        () => false,
      );
      socket.destroy();
      if (isThere) return;
      if (Date.now() > end) throw new Error("drachtio-server does not start");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

export async function open(options: OpenOptions): Promise<Signalling> {
  const { trunks, listener, allowsUnknown, sessionTimer } = options;
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await Server.start(options));
  const address = { host: "127.0.0.1", port: server.adminPort, secret };
  const given = { trunks, listener, log: silentLog, allowsUnknown, sessionTimer, server: address };
  const signalling = stack.use(await openDrachtio(given));
  const running = stack.move();
  return {
    get registrations() {
      return signalling.registrations;
    },
    get isReachable() {
      return signalling.isReachable;
    },
    dial: (...given) => signalling.dial(...given),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const looksAtNoCertificate = "drachtio-server compares no names of certificates: README.md says so";

/** What drachtio-server decides by itself, otherwise than the suite wants it. */
const cannot = {
  "a trunk 127.0.0.1 whose certificate names others gets neither a registration nor a call": looksAtNoCertificate,
  "a trunk localhost whose certificate names others gets neither a registration nor a call": looksAtNoCertificate,
  "a trunk is registered with when it shows the right certificate after another's": looksAtNoCertificate,
  "of two that answer a forked call the second is hung up": "drachtio-server knows one dialog for each INVITE",
  "a caller who refreshes stays": "drachtio-server refuses refreshes of sessions under 90 s",
  "10,000 damaged datagrams crash nothing, cost little, and calls go on":
    "some of them end drachtio-server: README.md says what to do",
  "nobody is relayed for: neither requests nor answers go where strangers want them":
    "drachtio-server relays what has a Route or two Via, and has no setting for it: README.md says what to do",
};

export function drachtio(): Subject {
  const isHere = spawnSync(program, ["-v"], { stdio: "ignore" }).error === undefined;
  const skip = isHere ? false : "not on this machine: drachtio-server (DRACHTIO_SERVER_BIN)";
  const processId = async (directory: string) => Number(await readFile(join(directory, "drachtio.pid"), "utf8"));
  return { name: "drachtio", skip, cannot, open, processId, module: import.meta.filename };
}

/** Any answer will do: nobody is there to give a good one. */
async function hearsDatagrams(port: number): Promise<void> {
  using phone = await RawPhone.open(port);
  const headers = ["Max-Forwards: 70", "From: <sip:a@b>;tag=1", "To: <sip:c@d>", "CSeq: 1 OPTIONS"];
  const ask = () =>
    phone.say(
      writeMessage(`OPTIONS sip:127.0.0.1:${port} SIP/2.0`, [`Via: ${phone.via}`, ...headers, `Call-ID: ${phone.via}`]),
    );
  ask();
  const again = setInterval(ask, againMs);
  try {
    await phone.hear("any answer", () => true);
  } finally {
    clearInterval(again);
  }
}

/** Of a gateway that was killed. */
async function awaitPredecessor(directory: string): Promise<void> {
  const pid = await pidIn(directory);
  while (pid !== undefined && (await isAlive(pid))) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function pidIn(directory: string): Promise<number | undefined> {
  const text = await readFile(join(directory, "drachtio.pid"), "utf8").catch(() => "");
  return Number(text) || undefined;
}

function configOf({ ports, tls, directory }: OpenOptions, adminPort: number): string {
  const contacts = (["udp", "tcp", "tls"] as const)
    .filter((transport) => ports[transport] !== 0)
    .map(
      (transport) =>
        `<contact>${transport === "tls" ? "sips" : "sip"}:127.0.0.1:${ports[transport]};transport=${transport}</contact>`,
    );
  return `<drachtio>
  <admin port="${adminPort}" secret="${secret}">127.0.0.1</admin>
  <sip>
    <contacts>${contacts.join("")}</contacts>
    <tls><key-file>${tls.key}</key-file><cert-file>${tls.certificate}</cert-file><chain-file>${tls.authorities}</chain-file></tls>
  </sip>
  <cdrs>false</cdrs>
  <logging>
    <file><name>${directory}/drachtio.log</name></file>
    <sofia-loglevel>3</sofia-loglevel>
    <loglevel>debug</loglevel>
  </logging>
</drachtio>
`;
}
