// When to ask the focus for a new media session. It allows one in five seconds, so we do not ask more often.

const SPACING_MS = 5200;

export interface IceTrouble {
  readonly state: RTCIceConnectionState;
  readonly channelIsOpen: boolean;
}

/** How long to wait before giving a media path up; undefined when it is well. A closed bridge channel confirms the loss. */
export function patienceMs({ state, channelIsOpen }: IceTrouble): number | undefined {
  if (state === "failed") return 0;
  if (state === "disconnected") return channelIsOpen ? 3000 : 500;
  return undefined;
}

export function restartDelayMs(now: number, lastRestartAt: number | undefined): number {
  return lastRestartAt === undefined ? 0 : Math.max(0, lastRestartAt + SPACING_MS - now);
}
