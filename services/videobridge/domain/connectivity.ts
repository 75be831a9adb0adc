/** Whether an endpoint can be heard at all: anything counts, RTP, RTCP and ICE's own checks. */
export type Reception = {
  readonly connectedAt: number;
  readonly bytesReceived: number;
  /** Undefined until something arrived. */
  readonly lastReceivedAt: number | undefined;
  readonly isActive: boolean;
};

/** The figures of Jitsi's bridge: its clients' marks for "connection interrupted" are used to them. */
const firstBytesWithinMs = 15_000;
const silentForMs = 8_000;

export function startReception(now: number): Reception {
  return { connectedAt: now, bytesReceived: 0, lastReceivedAt: undefined, isActive: true };
}

export function observeReception(present: Reception, bytesReceived: number, now: number): Reception {
  const hasNew = bytesReceived > present.bytesReceived;
  const lastReceivedAt = hasNew ? now : present.lastReceivedAt;
  const isActive =
    lastReceivedAt === undefined ? now - present.connectedAt < firstBytesWithinMs : now - lastReceivedAt < silentForMs;
  return { ...present, bytesReceived, lastReceivedAt, isActive };
}
