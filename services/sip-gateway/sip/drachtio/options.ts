import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { SignallingListener, Trunk } from "../signalling.ts";
import type { DrachtioServer } from "./link.ts";

export type DrachtioOptions = {
  readonly trunks: readonly Trunk[];
  readonly listener: SignallingListener;
  readonly log: Log;
  readonly clock?: Clock;
  /** Where drachtio-server takes its applications, and the secret that they share. */
  readonly server: DrachtioServer;
  /** Calls of others than trunks come through, too. */
  readonly allowsUnknown: boolean;
  /** RFC 4028, in seconds. drachtio-server refuses less than 90 within a call. */
  readonly sessionTimer: { readonly expires: number; readonly min: number };
};
