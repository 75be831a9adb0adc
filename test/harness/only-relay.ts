/** A network in which nothing but a TURN server gets UDP through, and the TURN server of the installation's own image in it. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { isInside, type OwnNetwork, runInside, withoutNetwork } from "./own-network.ts";
import { lanAddress, withLan } from "./without-udp.ts";

/** Coturn relays from ports of these; whoever else takes a port is given a lower one. */
const relayPorts = "49152:65535";

const network: OwnNetwork = {
  mark: "VECHE_TEST_ONLY_RELAY",
  prepare: [
    ...withLan,
    "echo '32768 49151' > /proc/sys/net/ipv4/ip_local_port_range",
    `iptables -A OUTPUT -p udp --sport ${relayPorts} -j ACCEPT`,
    `iptables -A OUTPUT -p udp --dport ${relayPorts} -j ACCEPT`,
    "iptables -A OUTPUT -p udp -j DROP",
  ].join(" && "),
};

/** True inside. */
export const isOnlyRelay = isInside(network);

/** Why there can't be such a network here, or no TURN server in it, or false. */
export function withoutRelay(): string | false {
  const isThere = spawnSync("turnserver", ["--version"], { stdio: "ignore" }).error === undefined;
  return isThere ? withoutNetwork(network) : "there is no turnserver (Debian: coturn)";
}

/** From now on no connection to that port is made. */
export function blockTcpTo(port: number): void {
  const rule = ["-A", "OUTPUT", "-p", "tcp", "--dport", String(port), "-j", "DROP"];
  execFileSync("iptables", rule, { stdio: ["ignore", "ignore", "inherit"] });
}

/** Rejects with the output of the inner run when it fails. */
export function runWithOnlyRelay(file: string): Promise<void> {
  return runInside(network, file);
}

const port = 3478;
const secret = "a secret between xmpp and the relay";

/** What tells clients of it. */
export const relaySettings: Readonly<Record<string, string>> = {
  TURN_HOST: lanAddress,
  TURN_PORT: String(port),
  TURN_TRANSPORT: "tcp",
  TURN_CREDENTIALS: secret,
};

/** Coturn as `deploy/images/turn.sh` starts it: reached over TCP, and relaying to the bridges of this host only. */
export async function startRelay(): Promise<AsyncDisposable & { readonly lines: () => string }> {
  const directory = await mkdtemp(join(tmpdir(), "veche-turn-"));
  const script = resolve(import.meta.dirname, "../../deploy/images/turn.sh");
  const env = {
    PATH: process.env.PATH,
    TMPDIR: directory,
    TURN_PORT: String(port),
    TURN_REALM: "meet.jitsi",
    TURN_CREDENTIALS: secret,
    JVB_ADVERTISE_IPS: lanAddress,
  };
  const child = spawn("sh", [script], { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (said += String(chunk)));
  const ended = once(child, "close");
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
  while (!(await isListening())) {
    if (child.exitCode !== null) {
      await stop();
      throw new Error(`the TURN server ended: ${said}`);
    }
    await pause(50);
  }
  return { lines: () => said, [Symbol.asyncDispose]: stop };
}

async function isListening(): Promise<boolean> {
  const socket = connect(port, lanAddress);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
