/** Runs a test file again where no UDP packet passes: in a network namespace of its own. */
import { isInside, type OwnNetwork, runInside, withoutNetwork } from "./own-network.ts";

/**
 * A second address beside loopback: browsers look for candidates on interfaces that are not it. It gets none by itself
 * a second after it is up: a browser ends what it is loading when the network changes.
 */
export const lanAddress = "10.99.0.2";
export const withLan = [
  "ip link set lo up",
  "ip link add lan0 type veth peer name lan1",
  "ip link set lan0 addrgenmode none",
  "ip link set lan1 addrgenmode none",
  `ip addr add ${lanAddress}/24 dev lan0`,
  "ip link set lan0 up",
  "ip link set lan1 up",
];

const network: OwnNetwork = {
  mark: "VECHE_TEST_WITHOUT_UDP",
  prepare: [...withLan, "iptables -A OUTPUT -p udp -j DROP"].join(" && "),
};

/** True inside. */
export const isUdpBlocked = isInside(network);

/** Why UDP can't be blocked here, or false. */
export function withoutNamespaces(): string | false {
  return withoutNetwork(network);
}

/** Rejects with the output of the inner run when it fails. */
export function runWithoutUdp(file: string): Promise<void> {
  return runInside(network, file);
}
