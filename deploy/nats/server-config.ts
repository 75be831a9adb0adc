/** What nats-server reads besides nats.conf or container.conf: who may sign in, and whether by TLS. */
import type { Accounts } from "./accounts.ts";

export type ServerTls = { readonly certFile: string; readonly keyFile: string };

/** `resolver`: the folder in which the server keeps JWTs that are pushed to it. */
export function renderAccounts(
  { operator, system, preload }: Accounts,
  given: { readonly resolver: string; readonly tls?: ServerTls },
): string {
  return [
    "# Made at each start (deploy/nats/accounts.ts).",
    `operator: ${JSON.stringify(operator.jwt)}`,
    `system_account: ${JSON.stringify(system)}`,
    `resolver { type: full, dir: ${JSON.stringify(given.resolver)}, allow_delete: false, interval: "2m" }`,
    "resolver_preload {",
    ...[...preload].map(([key, jwt]) => `  ${key}: ${JSON.stringify(jwt)}`),
    "}",
    ...(given.tls ? renderTls(given.tls) : []),
    "",
  ].join("\n");
}

/** Whoever connects has to speak TLS then. Two seconds, the server's own limit, are short for a busy small host. */
function renderTls({ certFile, keyFile }: ServerTls): string[] {
  return [
    "tls {",
    `  cert_file: ${JSON.stringify(certFile)}`,
    `  key_file: ${JSON.stringify(keyFile)}`,
    "  timeout: 5",
    "}",
  ];
}
