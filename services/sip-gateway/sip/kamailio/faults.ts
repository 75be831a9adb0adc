/** What is wrong with the options, before anything is started with them. */
import { isIP } from "node:net";
import { VecheError } from "@veche/kit/errors.ts";
import type { Trunk } from "../signalling.ts";
import type { KamailioOptions } from "./options.ts";

const host = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const user = /^[A-Za-z0-9+*#._~!-]{1,64}$/;

/** Throws with `invalid-argument`, all faults together. */
export function checkOptions({ listen, tls, trunks, sessionTimer, process }: KamailioOptions): void {
  const faults: string[] = [];
  if (isIP(listen.address) === 0) faults.push(`listen.address: expected an IP address, found "${listen.address}"`);
  if (listen.advertised !== undefined && isIP(listen.advertised) === 0 && !host.test(listen.advertised))
    faults.push(`listen.advertised: expected an address or name, found "${listen.advertised}"`);
  if (process.kind === "other" && isAny(listen.address) && !listen.advertised)
    faults.push("listen.advertised: wanted where Kamailio runs in a container of its own");
  if (listen.udp + listen.tcp + listen.tls === 0) faults.push("listen: one of udp, tcp and tls is wanted");
  if (listen.tls !== 0 && !tls) faults.push("tls: a certificate is wanted where listen.tls is on");
  for (const path of [tls?.certificate, tls?.key, tls?.authorities, process.directory]) {
    if (path !== undefined && !/^[^\s"'\\$#]+$/.test(path))
      faults.push(`"${path}": expected a path without blanks or quotes`);
  }
  if (!(sessionTimer.min > 0 && sessionTimer.expires >= sessionTimer.min))
    faults.push("sessionTimer: expected expires ≥ min > 0");
  const names = trunks.map(({ name }) => name);
  if (new Set(names).size !== names.length) faults.push("trunks: two have the same name");
  faults.push(...trunks.flatMap((trunk) => trunkFaults(trunk, listen)));
  if (faults.length > 0) throw new VecheError("invalid-argument", faults.join("; "));
}

export function isAny(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

function trunkFaults(trunk: Trunk, listen: KamailioOptions["listen"]): string[] {
  const { name, server, port, transport, account, registers, addresses } = trunk;
  const faults: string[] = [];
  if (isIP(server) === 0 && !host.test(server)) faults.push(`server: expected an address or name, found "${server}"`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) faults.push(`port: expected 0 to 65535, found ${port}`);
  if (listen[transport] === 0) faults.push(`transport: listen.${transport} is off`);
  if (registers && !account) faults.push("account: wanted where it registers");
  if (account && !user.test(account.user))
    faults.push(`account.user: expected letters and digits, found "${account.user}"`);
  if (account && isIP(account.domain) === 0 && !host.test(account.domain))
    faults.push(`account.domain: expected a name, found "${account.domain}"`);
  if (account && account.password === "") faults.push("account.password: it is empty");
  for (const address of addresses) if (!isRange(address)) faults.push(`addresses: expected CIDR, found "${address}"`);
  return faults.map((fault) => `trunk "${name}": ${fault}`);
}

function isRange(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
