/** What went wrong with an ACME server, or on the way to it. */
export class AcmeProblem extends Error {
  /** Of RFC 8555, 6.7, without "urn:ietf:params:acme:error:"; or one of ours: unreachable, untrusted, slow, garbled. */
  readonly type: string;
  /** What the server asked to wait before the next try. */
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;
  /** Names that the problem is about. */
  readonly names: readonly string[];

  constructor(type: string, detail: string, more: ProblemDetails = {}) {
    super(detail, { cause: more.cause });
    this.name = "AcmeProblem";
    this.type = type;
    this.retryAfterMs = more.retryAfterMs;
    this.status = more.status;
    this.names = more.names ?? [];
  }
}

type ProblemDetails = {
  readonly retryAfterMs?: number | undefined;
  readonly status?: number;
  readonly names?: readonly string[];
  readonly cause?: unknown;
};

export type Installation = {
  /** Host of the ACME server. */
  readonly authority: string;
  /** What the certificate is for. */
  readonly names: readonly string[];
  /** Where this process listens for plain http. */
  readonly httpPort: number;
};

/** A sentence for the operator: what is wrong, and what to do about it. */
export function explain(error: unknown, { authority, names, httpPort }: Installation): string {
  if (!(error instanceof AcmeProblem)) return error instanceof Error ? error.message : String(error);
  const name = (error.names.length > 0 ? error.names : names).join(", ");
  const said = `${authority} says: ${error.message}`;
  switch (error.type) {
    case "connection":
      return `${authority} can't reach this server at http://${name}/: port 80 of that address has to lead to port ${httpPort} here, also from outside (${said})`;
    case "dns":
      return `the name ${name} doesn't lead here: it needs an A or AAAA record with this server's public address (${said})`;
    case "unauthorized":
    case "incorrectResponse":
      return `somebody else answers at http://${name}/.well-known/acme-challenge/: the name leads to another machine, or what is in front of this server answers itself (${said})`;
    case "caa":
      return `the DNS of ${name} forbids this authority to issue certificates: change its CAA record (${said})`;
    case "rateLimited":
      return `a limit of the authority is reached (${said})`;
    case "rejectedIdentifier":
    case "unsupportedIdentifier":
      return `this authority issues no certificate for ${name}: LETSENCRYPT_DOMAIN has to be a name it accepts (${said})`;
    case "invalidContact":
    case "unsupportedContact":
      return `the authority doesn't accept LETSENCRYPT_EMAIL (${said})`;
    case "externalAccountRequired":
      return `this authority wants an account made beforehand: set VECHE_ACME_EAB_KID and VECHE_ACME_EAB_HMAC_KEY (${said})`;
    case "invalidProfile":
      return `VECHE_ACME_PROFILE: the authority has no such profile (${said})`;
    case "userActionRequired":
      return `the authority wants its new terms accepted (${said})`;
    case "unreachable":
      return `the ACME server ${authority} can't be reached from here: ${error.message}`;
    case "untrusted":
      return `the ACME server ${authority} shows a certificate that isn't trusted here: if it is a school's own, name its root in VECHE_ACME_CA_FILE (${error.message})`;
    case "slow":
    case "garbled":
      return `${authority}: ${error.message}`;
    default:
      return `the authority refuses (${error.type}): ${said}`;
  }
}
