/** Whether an endpoint can be heard at all: anything counts, RTP, RTCP and ICE's own checks. */
export type Reception = {
  readonly connectedAt: number;
  readonly bytesReceived: number;
  /** Undefined until something arrived. */
  readonly lastReceivedAt: number | undefined;
  readonly isActive: boolean;
};

/** When nothing came at all; when nothing came any more. */
export type Patience = { readonly firstBytesWithinMs: number; readonly silentForMs: number };

/** The figures of Jitsi's bridge: its clients' marks for "connection interrupted" are used to them. */
export const clientPatience: Patience = { firstBytesWithinMs: 15_000, silentForMs: 8_000 };
/** After so long ICE's consent would have run out; a gateway whose phone is silent still sends reports. */
export const gatewayPatience: Patience = { firstBytesWithinMs: 15_000, silentForMs: 12_000 };

export function startReception(now: number): Reception {
  return { connectedAt: now, bytesReceived: 0, lastReceivedAt: undefined, isActive: true };
}

export function observeReception(
  present: Reception,
  bytesReceived: number,
  now: number,
  { firstBytesWithinMs, silentForMs }: Patience = clientPatience,
): Reception {
  const hasNew = bytesReceived > present.bytesReceived;
  const lastReceivedAt = hasNew ? now : present.lastReceivedAt;
  const isActive =
    lastReceivedAt === undefined ? now - present.connectedAt < firstBytesWithinMs : now - lastReceivedAt < silentForMs;
  return { ...present, bytesReceived, lastReceivedAt, isActive };
}
