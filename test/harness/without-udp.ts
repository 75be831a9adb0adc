/** Runs a test file again where no UDP packet passes: in a network namespace of its own. */
import { spawn, spawnSync } from "node:child_process";

const mark = "VECHE_TEST_WITHOUT_UDP";

/**
 * A second address beside loopback: browsers look for candidates on interfaces that are not it. It gets none by itself
 * a second after it is up: a browser ends what it is loading when the network changes.
 */
const prepare = [
  "ip link set lo up",
  "ip link add lan0 type veth peer name lan1",
  "ip link set lan0 addrgenmode none",
  "ip link set lan1 addrgenmode none",
  "ip addr add 10.99.0.2/24 dev lan0",
  "ip link set lan0 up",
  "ip link set lan1 up",
  "iptables -A OUTPUT -p udp -j DROP",
].join(" && ");

/** True inside. */
export const isUdpBlocked = process.env[mark] === "1";

/** Why UDP can't be blocked here, or false. */
export function withoutNamespaces(): string | false {
  if (process.platform !== "linux") return "no network namespaces on this system";
  if (process.getuid?.() !== 0) return "not root: UDP can't be blocked in a network namespace";
  const tried = spawnSync("unshare", ["-n", "sh", "-c", prepare], { encoding: "utf8" });
  if (tried.error !== undefined) return `unshare: ${tried.error.message}`;
  return tried.status === 0 ? false : `no network namespace with iptables here: ${tried.stderr.trim()}`;
}

/** Rejects with the output of the inner run when it fails. */
export async function runWithoutUdp(file: string): Promise<void> {
  const env: NodeJS.ProcessEnv = { ...process.env, [mark]: "1" };
  delete env.NODE_TEST_CONTEXT;
  const inner = spawn("unshare", ["-n", "sh", "-c", `${prepare} && exec "$0" --test "$1"`, process.execPath, file], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [inner.stdout, inner.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    inner.on("error", reject);
    inner.on("close", resolve);
  });
  if (code !== 0) throw new Error(`without UDP:\n${output}`);
}
