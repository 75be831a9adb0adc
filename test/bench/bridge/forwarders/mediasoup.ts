/** mediasoup without anything of ours around it. */
import { join } from "node:path";
import { nodeOptions } from "@veche/deploy/node-options.ts";
import { version as mediasoupVersion } from "mediasoup";
import { Program } from "../../process.ts";
import type { Contestant } from "../../rounds.ts";
import type { Forwarder } from "./forwarder.ts";
import type { Answer, Request } from "./mediasoup-process.ts";

const extensions = { absSendTime: 4, transportSequence: 5 } as const;

async function start(): Promise<Forwarder> {
  const entry = join(import.meta.dirname, "mediasoup-process.ts");
  const waiting = new Map<number, (answer: Answer) => void>();
  let isReady = false;
  const hear = (message: unknown): void => {
    if (message === "ready") isReady = true;
    else waiting.get((message as Answer).id)?.(message as Answer);
  };
  const env = {
    PATH: process.env.PATH,
    NODE_OPTIONS: nodeOptions("videobridge"),
    MEDIASOUP_WORKER_BIN: process.env.MEDIASOUP_WORKER_BIN,
  };
  const program = new Program(process.execPath, [entry], env, hear);
  await program.until(async () => isReady);
  let ids = 0;
  return {
    pid: program.pid,
    isNode: true,
    admit: async (room, { fingerprint }, source) => {
      const id = ++ids;
      const { promise, resolve } = Promise.withResolvers<Answer>();
      waiting.set(id, resolve);
      const ssrc = source?.ssrcs[0];
      const request: Request = { id, room, fingerprint, ...(ssrc === undefined ? {} : { ssrc }) };
      program.tell(request);
      const { ufrag, pwd, fingerprint: theirs, port } = await promise;
      return {
        agreement: {
          remote: { ufrag, pwd, fingerprint: theirs, addresses: [{ ip: "127.0.0.1", port }] },
          payloadTypes: { audio: -1, video: 100 },
          extensions: { audio: {}, video: extensions },
        },
        start: async () => {},
      };
    },
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

export const mediasoup: Contestant<Forwarder> = {
  name: "mediasoup",
  version: () => (process.env.MEDIASOUP_WORKER_BIN ? `mediasoup ${mediasoupVersion}` : undefined),
  missing: "MEDIASOUP_WORKER_BIN names no worker",
  start,
};
