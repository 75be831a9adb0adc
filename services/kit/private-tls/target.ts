import { Agent, type RequestOptions } from "node:https";
import type { RoleName } from "@veche/proto/roles.ts";
import { VecheError } from "../errors.ts";
import type { PrivateTls } from "./private-tls.ts";

/** Where a private origin is, for `request` of node:http. */
export type PrivateTarget = { readonly protocol: string; readonly host: string; readonly port: number };

export function readTarget(origin: string): PrivateTarget {
  const { protocol, hostname, port } = new URL(origin);
  const usual = protocol === "https:" ? 443 : 80;
  return { protocol, host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? usual : Number(port) };
}

/** With a connection of its own that ends with the answer. */
const once = new Agent({ keepAlive: false });

/** Options of node:http's `request` to a process of the role: plainly to http, with both certificates to https. */
export function requestTo(origin: string, role: RoleName, tls: PrivateTls | undefined): RequestOptions {
  const target = readTarget(origin);
  if (target.protocol === "http:") return { ...target, agent: false };
  if (tls === undefined) throw new VecheError("unavailable", needsTls(origin));
  return { ...target, agent: once, ...tls.clientOptions(role, target.host) };
}

export function needsTls(origin: string): string {
  return `${origin} wants a certificate: give VECHE_PRIVATE_TLS_CERT_FILE, VECHE_PRIVATE_TLS_KEY_FILE and VECHE_PRIVATE_TLS_CA_FILE`;
}
