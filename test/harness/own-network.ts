/** Runs a test file again in a network namespace of its own. */
import { spawn, spawnSync } from "node:child_process";

export type OwnNetwork = {
  /** Of the environment: set to 1 inside. */
  readonly mark: string;
  /** Shell commands that make the network what the test needs. */
  readonly prepare: string;
  /** Mounts of its own as well. */
  readonly hasMounts?: boolean;
};

export function isInside({ mark }: OwnNetwork): boolean {
  return process.env[mark] === "1";
}

/** Why there can't be such a network here, or false. */
export function withoutNetwork(network: OwnNetwork): string | false {
  if (process.platform !== "linux") return "no network namespaces on this system";
  if (process.getuid?.() !== 0) return "not root: no network namespace of its own";
  const tried = spawnSync("unshare", [...flagsOf(network), "sh", "-c", network.prepare], { encoding: "utf8" });
  if (tried.error !== undefined) return `unshare: ${tried.error.message}`;
  return tried.status === 0 ? false : `no such network namespace here: ${tried.stderr.trim()}`;
}

/** Rejects with the output of the inner run when it fails. */
export async function runInside(network: OwnNetwork, file: string): Promise<void> {
  // The roles inherit the mark, which is no setting of theirs.
  const env: NodeJS.ProcessEnv = { ...process.env, [network.mark]: "1", VECHE_PASS_SETTINGS: network.mark };
  delete env.NODE_TEST_CONTEXT;
  const script = `${network.prepare} && exec "$0" --test "$1"`;
  const inner = spawn("unshare", [...flagsOf(network), "sh", "-c", script, process.execPath, file], {
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
  if (code !== 0) throw new Error(`in a network of its own:\n${output}`);
}

function flagsOf({ hasMounts }: OwnNetwork): readonly string[] {
  return hasMounts === true ? ["-n", "-m"] : ["-n"];
}
