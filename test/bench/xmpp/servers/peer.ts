import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "@veche/deploy/local/ports.ts";
import { Program } from "../../process.ts";
import { boshPath } from "../clients/wire.ts";
import { answersHttp, domain, mucDomain, type Server, usageOf } from "./server.ts";

/** How another server is started; `folder` is its own, and goes with it. */
export type PeerProgram = {
  readonly command: string;
  /** Name of the file with its configuration, of which `path` is the whole. */
  readonly file: string;
  readonly configuration: (port: number, folder: string) => string;
  readonly arguments: (folder: string, path: string) => readonly string[];
  readonly env?: (folder: string, path: string) => Readonly<Record<string, string>>;
};

/** Another XMPP server from Debian's packages, on loopback, answering. */
export async function startPeer(peer: PeerProgram): Promise<Server> {
  const { xmpp: port } = await freePorts();
  const folder = await mkdtemp(join(tmpdir(), "bench-xmpp-"));
  const path = join(folder, peer.file);
  await writeFile(path, peer.configuration(port, folder));
  const env = { PATH: process.env.PATH, HOME: folder, ...peer.env?.(folder, path) };
  const program = new Program(peer.command, peer.arguments(folder, path), env);
  const end = async () => {
    await program[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await program.until(() => answersHttp(port, boshPath));
  } catch (error) {
    await end();
    throw error;
  }
  return {
    target: { port, domain, mucDomain },
    hasFocus: false,
    usage: () => usageOf(program.pid),
    [Symbol.asyncDispose]: end,
  };
}
