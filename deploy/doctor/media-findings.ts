/** Whether clients can get to the bridges. */
import type { Warning } from "../status/warnings.ts";
import { addressText, isLoopback, isPrivate } from "./addresses.ts";
import type { MediaAddress, Tries } from "./tries.ts";

export function mediaFindings({ media }: Pick<Tries, "media">): readonly Warning[] {
  const bridges = Map.groupBy(media, ({ bridge }) => bridge.instance);
  return [...bridges.values()].flatMap((addresses) => [
    ...addresses.flatMap(ofAddress),
    ...ofBridge(addresses),
    ...withoutPeer(addresses),
  ]);
}

/** That a bridge can't reach itself is the bridge's own to say: what others can't is said here. */
function ofAddress(address: MediaAddress): Warning[] {
  if (isLoopback(address.ip)) return [];
  const { bridge, protocol, port } = address;
  const what = `${addressText(address)}/${protocol} of the bridge on ${bridge.host}`;
  const { own, others } = triesOf(address);
  const strangers = others.filter(({ outcome }) => outcome === "stranger");
  const silent = others.filter(({ outcome }) => outcome === "silent");
  const reached = others.filter(({ outcome }) => outcome === "reached");
  const found: Warning[] = [];
  if (strangers.length > 0)
    found.push({
      severity: "error",
      text: `${what}: from ${hosts(strangers)} something else answers there`,
      fix: `forward ${port}/${protocol} to ${bridge.host}, or correct JVB_ADVERTISE_IPS there`,
    });
  if (silent.length > 0)
    found.push({
      severity: reached.length > 0 || isPrivate(address.ip) ? "warning" : "error",
      text: `${what}: nobody answers from ${hosts(silent)}`,
      fix: `let the firewall of ${bridge.host} and what is between pass ${port}/${protocol}, or forward it to ${bridge.host}`,
    });
  if (own === "silent" && reached.length > 0)
    found.push({
      severity: "note",
      text: `${what}: others reach it, its own host does not (no hairpin NAT)`,
      fix: "advertise the address inside the network as well (JVB_ADVERTISE_IPS), so that people there need no way round by the router",
    });
  return found;
}

/** Seen from anywhere but the bridge itself. */
function ofBridge(addresses: readonly MediaAddress[]): Warning[] {
  const [first] = addresses;
  if (!first) return [];
  const where = `the bridge on ${first.bridge.host}`;
  if (addresses.every(({ ip }) => isLoopback(ip)))
    return [
      {
        severity: "error",
        text: `${where} tells clients of nothing but its own machine`,
        fix: "name the address of the host in JVB_ADVERTISE_IPS",
      },
    ];
  const isOpen = (protocol: string) =>
    addresses.some(
      (one) => one.protocol === protocol && triesOf(one).others.some(({ outcome }) => outcome === "reached"),
    );
  const wasTried = addresses.some((one) => triesOf(one).others.length > 0);
  if (!wasTried || isOpen("udp") || !isOpen("tcp")) return [];
  return [
    {
      severity: "error",
      text: `${where} is reached over TCP alone: sound and pictures will stutter`,
      fix: `let ${portsOf(addresses, "udp")}/udp through to ${first.bridge.host}`,
    },
  ];
}

function withoutPeer(addresses: readonly MediaAddress[]): Warning[] {
  const [first] = addresses;
  if (!first || addresses.some((one) => triesOf(one).others.length > 0)) return [];
  return [
    {
      severity: "note",
      text: `the bridge on ${first.bridge.host} was tried from its own host alone: there is no other`,
      fix: "open /static/network-check.html of this server in a browser outside",
    },
  ];
}

function triesOf({ bridge, tries }: MediaAddress) {
  return {
    own: tries.find(({ from }) => from.instance === bridge.instance)?.outcome,
    others: tries.filter(({ from }) => from.host !== bridge.host),
  };
}

function portsOf(addresses: readonly MediaAddress[], wanted: string): string {
  return [...new Set(addresses.flatMap(({ protocol, port }) => (protocol === wanted ? [port] : [])))].join(", ");
}

function hosts(tries: MediaAddress["tries"]): string {
  return tries.map(({ from }) => from.host).join(", ");
}
