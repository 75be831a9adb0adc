/** NATS_CLUSTER: what makes a host's nats-server one of three that keep streams together. */
import { isIPv6 } from "node:net";
import { Fault } from "../users/fault.ts";

/** Any one of three may be lost; two are worse than one, as each is needed. */
const size = 3;
const standardPort = 6222;

export type ClusterPlan = {
  /** Of all three, with the port of their routes. */
  readonly routes: readonly string[];
  /** Of this host among them. */
  readonly own: string;
  readonly port: number;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined where the server is alone. `ownAddresses`: by which others reach this host. */
export function readCluster(env: Environment, ownAddresses: readonly string[]): ClusterPlan | undefined {
  const given = (env.NATS_CLUSTER ?? "").split(",").map((part) => part.trim());
  const hosts = given.filter((part) => part !== "");
  if (hosts.length === 0) return undefined;
  const found = `found "${env.NATS_CLUSTER}"`;
  if (hosts.length !== size || new Set(hosts).size !== size) {
    throw new Fault(
      "usage",
      `NATS_CLUSTER: expected the addresses of ${size} signalling hosts between commas, ${found}`,
    );
  }
  const port = readPort(env.NATS_CLUSTER_PORT);
  const wrong = hosts.find((host) => URL.parse(`nats://${bracketed(host)}:${port}`) === null);
  if (wrong !== undefined)
    throw new Fault("usage", `NATS_CLUSTER: expected addresses or names of hosts, found "${wrong}"`);
  const own = hosts.find((host) => ownAddresses.includes(host));
  if (own === undefined) {
    const addresses = ownAddresses.join(", ");
    throw new Fault(
      "usage",
      `NATS_CLUSTER: expected one of this host's addresses (${addresses}; VECHE_PRIVATE_ADDRESS), ${found}`,
    );
  }
  return { routes: hosts.map((host) => `nats://${bracketed(host)}:${port}`), own, port };
}

/**
 * Where the members of a cluster keep what they have: apart from what the server kept while it was alone, which a cluster does
 * not know and would not touch, until it is carried over (carry-over.ts).
 */
export function clusterStore(directory: string): string {
  return `${directory}/cluster`;
}

export type ClusterFiles = {
  /** At which roles of other hosts reach this server; 4222 unless it is said. */
  readonly port?: number;
  readonly storeDir: string;
  /** By which the servers know each other: the internal authority's. Without it routes are plain: on one machine only. */
  readonly tls?: { readonly certFile: string; readonly keyFile: string; readonly caFile: string };
  /** Of routes, the same on all three. Hosts that joined as bridges have certificates of the authority too, but not this. */
  readonly password?: string;
};

/** The secret of that name, which only signalling hosts are given. */
export const routePassword = "nats-route-password";
const routeUser = "route";

/** Goes behind everything else: of two blocks with one name the later counts. */
export function renderCluster(plan: ClusterPlan, { storeDir, tls, password, port = 4222 }: ClusterFiles): string {
  const routes = password
    ? plan.routes.map((route) => route.replace("//", `//${routeUser}:${password}@`))
    : plan.routes;
  return [
    "# NATS_CLUSTER (deploy/nats/cluster.ts).",
    `server_name: ${JSON.stringify(`veche-${plan.own}`)}`,
    // Roles that lose their server are told of the others, and of one that is gone.
    `client_advertise: ${JSON.stringify(`${bracketed(plan.own)}:${port}`)}`,
    "jetstream {",
    `  store_dir: ${JSON.stringify(storeDir)}`,
    "  max_memory_store: 64MB",
    "  max_file_store: 8GB",
    "}",
    "cluster {",
    "  name: veche",
    `  port: ${plan.port}`,
    `  routes: [${routes.map((route) => JSON.stringify(route)).join(", ")}]`,
    ...(password ? [`  authorization { user: ${routeUser}, password: ${JSON.stringify(password)}, timeout: 5 }`] : []),
    ...(tls ? renderTls(tls) : []),
    "}",
    "",
  ].join("\n");
}

/** Both sides show a certificate of the internal authority. */
function renderTls({ certFile, keyFile, caFile }: NonNullable<ClusterFiles["tls"]>): string[] {
  return [
    "  tls {",
    `    cert_file: ${JSON.stringify(certFile)}`,
    `    key_file: ${JSON.stringify(keyFile)}`,
    `    ca_file: ${JSON.stringify(caFile)}`,
    "    verify: true",
    "    timeout: 5",
    "  }",
  ];
}

function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

function readPort(given = ""): number {
  if (given === "") return standardPort;
  const port = Number(given);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Fault("usage", `NATS_CLUSTER_PORT: expected a port from 1 to 65535, found "${given}"`);
  }
  return port;
}
