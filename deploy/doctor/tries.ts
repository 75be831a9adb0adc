/** What was tried from where: plain data, also part of the answer of `--json`. */

/** A process that tries for its host. */
export type Place = { readonly role: string; readonly instance: string; readonly host: string };

export type Outcome = "reached" | "silent" | "stranger";

/** One advertised address of a bridge. */
export type MediaAddress = {
  readonly bridge: Place;
  readonly protocol: "udp" | "tcp";
  readonly ip: string;
  readonly port: number;
  readonly tries: readonly MediaTry[];
};

export type MediaTry = { readonly from: Place; readonly outcome: Outcome };

/** The address people type, from one host. */
export type WebTry = {
  readonly from: Place;
  readonly outcome: Outcome;
  /** What its name stands for there. */
  readonly addresses: readonly string[];
  readonly fault: string;
  readonly webInstance: string;
  readonly certificate: WebCertificate | undefined;
};

export type WebCertificate = {
  readonly names: readonly string[];
  readonly issuer: string;
  readonly notAfterMs: number;
  /** Why browsers that know only public authorities refuse it. */
  readonly fault: string;
};

export type Tries = {
  readonly media: readonly MediaAddress[];
  /** Undefined: there is no PUBLIC_URL. */
  readonly publicUrl: string | undefined;
  readonly web: readonly WebTry[];
  /** What could not be tried, a sentence each. */
  readonly faults: readonly string[];
};

export const nothingTried: Tries = { media: [], publicUrl: undefined, web: [], faults: [] };
