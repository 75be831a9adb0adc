import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import type { Log } from "@veche/kit/log.ts";
import { isEveryAddress } from "@veche/kit/own-address.ts";
import { type Check, type CheckAnswer, readCheckAnswer, writeCheck } from "@veche/kit/stun/stun.ts";
import type { LocalTransport, MediaEngine } from "./media-engine.ts";

const answerTimeoutMs = 2_000;

/**
 * Asks the worker what a Jitsi client will ask: a check by an agent that calls itself controlled. Where it refuses, its
 * refusal has to be signed, or no client ever changes its role (services/decisions/0003-mediasoup-worker.md).
 */
export async function testWorker(engine: MediaEngine, listenAddress: string, log: Log): Promise<void> {
  const router = await engine.openRouter();
  try {
    const { local } = await router.createTransport();
    const answer = await check(local, engine.localUdpPort, reachable(listenAddress), "controlled");
    if (!answer) log.warn({ addresses: engine.addresses() }, "the media port does not answer on this very host");
    else if (answer.errorCode !== 0 && !answer.isSigned)
      log.warn(
        "Jitsi's own clients and phone apps can't connect to this media worker, only our web app can: VECHE_WORKER=build makes one for all",
      );
  } catch (error) {
    log.warn({ err: error }, "the media worker could not be tested");
  } finally {
    router.close();
  }
}

function reachable(listenAddress: string): string {
  if (listenAddress === "::") return "::1";
  return isEveryAddress(listenAddress) ? "127.0.0.1" : listenAddress;
}

/** Undefined where nothing answers in time. */
export async function check(
  { ufrag, pwd }: Pick<LocalTransport, "ufrag" | "pwd">,
  port: number,
  address: string,
  role: Check["role"],
): Promise<CheckAnswer | undefined> {
  const socket = createSocket(isIPv6(address) ? "udp6" : "udp4");
  try {
    socket.send(writeCheck({ username: `${ufrag}:test`, password: pwd, role }), port, address);
    const [message]: Buffer[] = await once(socket, "message", { signal: AbortSignal.timeout(answerTimeoutMs) });
    return message && readCheckAnswer(message, pwd);
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}
