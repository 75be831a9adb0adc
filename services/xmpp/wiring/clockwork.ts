import type { Parts } from "./life.ts";

const observeMs = 2_000;
const ackMs = 1_000;

/** What is done again and again; returns how to stop it. */
export function startClockwork(parts: Parts): () => void {
  const { clock, sessions, tcp, webSocket } = parts;
  const observing = clock.every(observeMs, () => observe(parts));
  const asking = clock.every(ackMs, () => {
    sessions.lookAfterAcks();
    webSocket.lookAfter(clock.now());
    tcp?.lookAfter(clock.now());
  });
  return () => {
    observing.cancel();
    asking.cancel();
  };
}

function observe({ metrics, sessions, accounts, calls, rooms, gate, writeBehind, bosh, tcp }: Parts): void {
  metrics.accounts.set(accounts.size);
  metrics.sessions.set({ transport: "bosh" }, bosh.size);
  const ofTcp = tcp?.sessions ?? 0;
  metrics.sessions.set({ transport: "tcp" }, ofTcp);
  metrics.sessions.set({ transport: "call" }, calls.size);
  metrics.sessions.set({ transport: "websocket" }, Math.max(0, sessions.size - bosh.size - ofTcp - calls.size));
  metrics.interrupted.set(sessions.interrupted);
  metrics.unauthenticated.set(gate.unauthenticated);
  metrics.rooms.set(rooms.size);
  metrics.occupants.set(rooms.occupants);
  metrics.stateWaiting.set(writeBehind.pending);
  metrics.stateFailures.set(writeBehind.failures);
}
