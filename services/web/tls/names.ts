import { isIP } from "node:net";
import { hostname, type NetworkInterfaceInfo, networkInterfaces } from "node:os";

/** More would make a certificate too large for a quick handshake. */
export const maxNames = 100;

export type Machine = {
  readonly hostname: string;
  readonly interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
};

export function thisMachine(): Machine {
  return { hostname: hostname(), interfaces: networkInterfaces() };
}

/** Everything people may type to reach this machine, the public name first. */
export function certificateNames(publicUrl: string, extra: readonly string[], machine: Machine): readonly string[] {
  const names = new Set<string>();
  const add = (text: string) => {
    const name = text.toLowerCase().replace(/^\[|\]$/g, "");
    if (isIP(name) !== 0 || isDnsName(name)) names.add(name);
  };
  if (publicUrl !== "") add(new URL(publicUrl).hostname);
  for (const name of extra) add(name);
  for (const name of ["localhost", "127.0.0.1", "::1", machine.hostname]) add(name);
  if (!machine.hostname.includes(".")) add(`${machine.hostname}.local`);
  for (const address of lanAddresses(machine)) add(address);
  return [...names].slice(0, maxNames);
}

function lanAddresses({ interfaces }: Machine): readonly string[] {
  return Object.values(interfaces)
    .flatMap((infos) => infos ?? [])
    .filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
    .map(({ address }) => address);
}

export function isDnsName(name: string): boolean {
  return (
    name.length <= 253 && name.split(".").every((label) => /^(?:\*|[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)$/.test(label))
  );
}
