import type { Clock } from "@veche/kit/clock.ts";
import type { Log } from "@veche/kit/log.ts";
import type { SignallingListener, Trunk } from "../signalling.ts";

export type KamailioOptions = {
  readonly trunks: readonly Trunk[];
  readonly listener: SignallingListener;
  readonly log: Log;
  readonly clock?: Clock;
  readonly listen: {
    /** An address of this host; 0.0.0.0: all of IPv4. */
    readonly address: string;
    /** What phones and trunks reach it by, where that is another (NAT, containers). */
    readonly advertised?: string;
    /** 0: off. */
    readonly udp: number;
    readonly tcp: number;
    readonly tls: number;
  };
  /** PEM files. The certificate is wanted where `listen.tls` is on. */
  readonly tls?: {
    readonly certificate: string;
    readonly key: string;
    /** Authorities that sign trunks' certificates; the system's where it is left out. */
    readonly authorities?: string;
  };
  /** Calls of others than trunks come through, too. */
  readonly allowsUnknown: boolean;
  /** RFC 4028, in seconds. The RFC wants 90 at least for `min`; 1800 is its advice for `expires`. */
  readonly sessionTimer: { readonly expires: number; readonly min: number };
  readonly process: OwnProcess | OtherProcess;
};

/** We start Kamailio and watch over it. */
export type OwnProcess = {
  readonly kind: "own";
  readonly program: string;
  /** Made where it is not there, readable for us alone. */
  readonly directory: string;
};

/** Kamailio runs in a container of its own: `run.sh` there waits for the configuration that is written to `directory`. */
export type OtherProcess = {
  readonly kind: "other";
  /** Shared with that container and nobody else. */
  readonly directory: string;
  readonly host: string;
  readonly port: number;
};
