import type { Source } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import type { Agreement } from "../../../load/session.ts";

/** What somebody who comes says of its own transport. */
export type Own = {
  readonly ufrag: string;
  readonly pwd: string;
  readonly fingerprint: string;
  readonly port: number;
};

/** A media server under load: fresh for each measurement. */
export interface Forwarder extends AsyncDisposable {
  /** Of the process whose tree is measured. */
  readonly pid: number;
  /** Whether that process is Node, with the media in another. */
  readonly isNode: boolean;
  /** Somebody who sends `source`, or, without it, receives the one of the room. Senders come first. */
  admit(room: string, own: Own, source?: Source): Promise<Admitted>;
}

export type Admitted = {
  readonly agreement: Agreement;
  /** To be called when ICE and DTLS are up. */
  readonly start: () => Promise<void>;
};

export const forwarderNames = ["veche", "mediasoup", "janus"] as const;
export type ForwarderName = (typeof forwarderNames)[number];
