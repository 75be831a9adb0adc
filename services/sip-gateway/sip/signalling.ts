/**
 * SIP as the gateway needs it. Two implementations pass the same tests: drachtio-server with drachtio-srf, and Kamailio with
 * SIP.js behind it. SDP goes through as text: what is in it is the caller's business (sdp.ts).
 */

/** One party as From, To or P-Asserted-Identity name it. */
export type Party = {
  /** User part of the address: a number, mostly. "" where there is none. */
  readonly user: string;
  readonly host: string;
  /** Without quotes; "" where there is none. */
  readonly displayName: string;
};

/** Where a request came from, as the socket says. */
export type Source = {
  readonly address: string;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls";
};

/** Somebody rings. Exactly one of `answer`, `reject` and `cancelled` ends this. */
export interface IncomingCall {
  /** Call-ID. */
  readonly id: string;
  readonly from: Party;
  /** Whom they dialled: the Request-URI; where that names only the account we registered, the user of the To header. */
  readonly to: Party;
  /** Name of the trunk it came by, by registration or by its address; undefined: nobody we know. */
  readonly trunk: string | undefined;
  readonly source: Source;
  /** By lower-case name. Those that only a trusted trunk may set are left out for others. */
  readonly headers: ReadonlyMap<string, string>;
  /** SDP; "" in an INVITE without an offer. */
  readonly offer: string;
  /** 180. */
  ring(): void;
  /** 200 with this SDP; resolves when the ACK has come, rejects where the caller hung up before it did. */
  answer(sdp: string): Promise<Dialog>;
  /** 300 to 699; "" says the standard reason. */
  reject(status: number, reason?: string): void;
  /** The caller hangs up before an answer. */
  onCancelled(listener: () => void): void;
}

export type DialTarget = {
  /** Which trunk; undefined: the first that may dial out; "": none, `to` is an address and its host is where it goes. */
  readonly trunk: string | undefined;
  /** Number, or a whole SIP address ("sip:room@example.org"). */
  readonly to: string;
  /** Shown to who is called, where the trunk lets us; "": the trunk's own. */
  readonly from: string;
  readonly displayName: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Offer. */
  readonly sdp: string;
};

/** A call out. Exactly one of `answered` and `failed` is told, unless `cancel` came first. */
export interface OutgoingCall {
  /** Call-ID. */
  readonly id: string;
  /** Before an answer: CANCEL. After it: nothing. */
  cancel(): void;
}

export type OutgoingListener = {
  /** 180 or 183. */
  ringing(status: number): void;
  answered(dialog: Dialog, sdp: string): void;
  /** Status of the answer; 408 and 503 also where there was none. */
  failed(status: number, reason: string): void;
};

/** An answered call. */
export interface Dialog {
  readonly id: string;
  /** The answer that came with the ACK, where the INVITE had no offer; else "". */
  readonly ackSdp: string;
  /** What is asked within the call. Set once, before anything can come. */
  listen(listener: DialogListener): void;
  /** A re-INVITE of ours; resolves with the answer's SDP, rejects where it is refused. */
  reoffer(sdp: string): Promise<string>;
  /** SIP INFO; resolves with the status of the answer. */
  info(contentType: string, body: string): Promise<number>;
  /** BYE; safe to repeat. */
  hangUp(): void;
}

export type DialogListener = {
  /** A re-INVITE or UPDATE with an offer: the answer's SDP, or a status to refuse it with. "" asks us for an offer. */
  reoffered(sdp: string): Promise<string | number>;
  /** The answer to the offer that `reoffered("")` gave. */
  reanswered(sdp: string): void;
  /** Content-Type in lower case without parameters. Returns the status of the answer. */
  info(contentType: string, body: string): number;
  /** REFER to this address. Returns the status of the answer: 202, or 403 where it is refused. */
  referred(to: string): number;
  /** BYE, a session timer that ran out, or a SIP process that died. Told once, and last. */
  ended(cause: "remote" | "timer" | "lost"): void;
};

export type Registration = {
  readonly trunk: string;
  /** none: it wants no registration. */
  readonly state: "none" | "trying" | "registered" | "refused" | "unreachable";
  /** Of the last answer; 0: none yet. */
  readonly status: number;
};

export type SignallingListener = {
  incoming(call: IncomingCall): void;
  /** At each change. */
  registration(registration: Registration): void;
  /**
   * The SIP process went away, or is there again. Dialogs that were lost with it have been told so. `why` it is away is told
   * where it is known, and again when it becomes known.
   */
  reachable(isReachable: boolean, why?: string): void;
};

export interface Signalling extends AsyncDisposable {
  readonly registrations: readonly Registration[];
  readonly isReachable: boolean;
  /** Throws with `unavailable` where no trunk may dial out or the SIP process is away. */
  dial(target: DialTarget, listener: OutgoingListener): OutgoingCall;
}

/** A provider, a telephone system or a plain address that calls come from and go to. */
export type Trunk = {
  readonly name: string;
  /** Registrar or proxy: host, and port where it is not the transport's own. */
  readonly server: string;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls";
  /** With a registration: `user@domain` and the password of its digest. */
  readonly account: { readonly user: string; readonly domain: string; readonly password: string } | undefined;
  readonly registers: boolean;
  /** Calls go out by it. */
  readonly dialsOut: boolean;
  /** Its calls may name room, password and caller in headers. */
  readonly isTrusted: boolean;
  /** Addresses that its calls come from, CIDR; empty: the server's own. */
  readonly addresses: readonly string[];
};
