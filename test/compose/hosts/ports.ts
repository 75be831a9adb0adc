/** Which ports of an address answer, by trying each. */
import { execFile } from "node:child_process";
import { connect } from "node:net";
import { promisify } from "node:util";
import type { Place } from "../../harness/roads.ts";

const run = promisify(execFile);
const lastPort = 65_535;
const atATime = 400;
const answerMs = 5_000;

/** TCP ports that take a connection, from this machine. A host that refuses answers at once. */
export async function openTcpPorts(address: string): Promise<number[]> {
  const open: number[] = [];
  let next = 1;
  const tryOn = async () => {
    for (let port = next++; port <= lastPort; port = next++) if (await answers(address, port)) open.push(port);
  };
  await Promise.all(Array.from({ length: atATime }, tryOn));
  return open.sort((one, other) => one - other);
}

/**
 * UDP ports that somebody listens on at that host: who is sent nothing that he understands doesn't answer, so its engine is asked.
 * Ranges are written like 10100-10149.
 */
export async function boundUdpPorts({ namespace }: Place): Promise<string[]> {
  const { stdout } = await run("nsenter", [`--net=/run/netns/${namespace}`, "ss", "-H", "-l", "-u", "-n"]);
  const ports = [...new Set([...stdout.matchAll(/^\S+\s+\d+\s+\d+\s+\S+:(\d+)\s/gm)].map((match) => Number(match[1])))];
  return ranges(ports.sort((one, other) => one - other));
}

function ranges(ports: readonly number[]): string[] {
  const found: [number, number][] = [];
  for (const port of ports) {
    const last = found.at(-1);
    if (last && last[1] === port - 1) last[1] = port;
    else found.push([port, port]);
  }
  return found.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: answerMs });
    const end = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "EHOSTUNREACH" || error.code === "ETIMEDOUT") end(false);
      else reject(error);
    });
  });
}
