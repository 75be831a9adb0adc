/** Ports for programs that must be told theirs, and cannot be asked which one the system gave them. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type ListenOptions, type Server } from "node:net";

const loopback = "127.0.0.1";

/** Above what gateways and recorders take by default for RTP (20000 to 20199). */
const first = 21_000;
const last = 31_998;

/** Linux; its default where nobody says. */
const ephemeralRange = "/proc/sys/net/ipv4/ip_local_port_range";

/**
 * Free for UDP and TCP on loopback, and nobody else's who asks here while this process lives. The system gives it to no
 * socket by itself: it is none of those for port 0. An even one: the next is given to nobody, for programs that take two.
 */
export async function freePort(): Promise<number> {
  const [from = 0, to = 0] = readEphemeralRange();
  // Where the system may give any of them nothing better is left.
  const isAll = from <= first && to >= last;
  for (;;) {
    const port = first + 2 * Math.floor(Math.random() * ((last - first) / 2 + 1));
    if (!isAll && port >= from && port <= to) continue;
    if ((await reserve(port)) && (await canBind(port))) return port;
  }
}

function readEphemeralRange(): number[] {
  try {
    return readFileSync(ephemeralRange, "utf8").trim().split(/\s+/).map(Number);
  } catch {
    return [];
  }
}

/** Between processes, by a name in Linux's abstract socket namespace: it goes with the process, however that ends. */
async function reserve(port: number): Promise<boolean> {
  if (process.platform !== "linux") return true;
  const server = createServer();
  const isReserved = await listens(server, { path: `\0veche-test-port-${port}` });
  server.unref();
  return isReserved;
}

async function canBind(port: number): Promise<boolean> {
  await using server = createServer();
  await using socket = createSocket("udp4");
  if (!(await listens(server, { host: loopback, port }))) return false;
  const bound = once(socket, "listening");
  socket.bind({ address: loopback, port, exclusive: true });
  return await isFree(bound);
}

async function listens(server: Server, options: ListenOptions): Promise<boolean> {
  const listening = once(server, "listening");
  server.listen({ ...options, exclusive: true });
  return isFree(listening);
}

async function isFree(listening: Promise<unknown>): Promise<boolean> {
  try {
    await listening;
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE" || code === "EACCES") return false;
    throw error;
  }
}
