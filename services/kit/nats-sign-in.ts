/** How a connection to NATS is opened: with what it signs in, whether by TLS, and what a refusal means in plain words. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { credsAuthenticator, errors, type NodeConnectionOptions } from "@nats-io/transport-node";
import { VecheError } from "./errors.ts";
import { partsOf } from "./setting.ts";

/** A file of credentials goes before user and password; with neither, one connects without signing in. */
export type NatsConfig = {
  /** Of one server, or of all of a cluster, between commas. `tls://…` insists on TLS. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  /** Path of a creds file: a JWT and the seed of its key. */
  readonly credsFile?: string;
  /** Path of the authorities, in PEM, that NATS' certificate is checked against; "": those that Node knows. */
  readonly caFile?: string;
};

type TlsOptions = NonNullable<NodeConnectionOptions["tls"]> & {
  readonly checkServerIdentity: (name: string, certificate: PeerCertificate) => Error | undefined;
};

/** The files are read anew at each connection: whoever replaces them need not restart anything. */
export function signInOptions(config: NatsConfig): NodeConnectionOptions {
  const { url, user = "", password = "", credsFile = "", caFile = "" } = config;
  if (credsFile !== "") readSetting("NATS_CREDS_FILE", credsFile);
  if (caFile !== "") readSetting("NATS_CA_FILE", caFile);
  return {
    // In their order: that of this host is the nearest.
    servers: partsOf(url),
    noRandomize: true,
    // With options for TLS the client goes away from a server that offers none.
    ...(isTls(url) ? { tls: tlsOptions(url, caFile) } : {}),
    ...(credsFile !== ""
      ? { authenticator: credsAuthenticator(() => readFileSync(credsFile)) }
      : user === ""
        ? {}
        : { user, pass: password }),
  };
}

/** Why this can't pass by waiting; undefined where the server may just not be there yet. */
export function finalFault(config: NatsConfig, error: unknown): VecheError | undefined {
  const { url, user = "", credsFile = "" } = config;
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError) {
    const what =
      credsFile === ""
        ? `user "${user}": see NATS_USER and NATS_PASSWORD`
        : `the credentials in NATS_CREDS_FILE "${credsFile}": they were revoked, or are another installation's`;
    return new VecheError("unauthenticated", `NATS at ${url} refuses ${what}`, { cause: error });
  }
  return undefined;
}

const tlsFaults: Readonly<Record<string, string>> = {
  CERT_NOT_YET_VALID: "its certificate is not valid yet: is the clock of this host right?",
  CERT_HAS_EXPIRED: "its certificate has ended: is the clock of this host right?",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate does not name that address",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is of an authority that NATS_CA_FILE does not hold",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is of an authority that NATS_CA_FILE does not hold",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is of an authority that NATS_CA_FILE does not hold",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is of an authority that NATS_CA_FILE does not hold",
  CERT_SIGNATURE_FAILURE: "its certificate is of an authority that NATS_CA_FILE does not hold",
};

/** One line for whoever reads the log: why there is no connection. Clocks are the commonest cause nobody thinks of. */
export function whyNotConnected(error: unknown, now = Date.now()): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const fault = tlsFaults[code];
  if (fault === undefined) return error instanceof Error ? error.message : String(error);
  const clock = fault.includes("clock") ? ` It says ${new Date(now).toISOString()}.` : "";
  return `${fault}${clock} (${code})`;
}

/**
 * The client names no address to TLS, only host names: for an address Node would look for "localhost" in the certificate. So of
 * servers that are given by address any may answer in place of another.
 */
function tlsOptions(url: string, caFile: string): TlsOptions {
  const hosts = partsOf(url).map((part) => (URL.parse(part)?.hostname ?? "").replace(/^\[|\]$/g, ""));
  const addresses = hosts.filter((host) => isIP(host) !== 0);
  return {
    ...(caFile === "" ? {} : { caFile }),
    checkServerIdentity: (name, certificate) => {
      const asked = hosts.includes(name) || addresses.length === 0 ? [name] : addresses;
      const faults = asked.map((host) => checkServerIdentity(host, certificate));
      return faults.includes(undefined) ? undefined : faults[0];
    },
  };
}

function isTls(url: string): boolean {
  return partsOf(url).some((part) => URL.parse(part)?.protocol === "tls:");
}

function readSetting(setting: string, path: string): void {
  try {
    readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new VecheError("failed-precondition", `${setting} "${path}": can't be read (${code})`, { cause: error });
  }
}
