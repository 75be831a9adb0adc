/** Contracts may only grow: compared with the last commit on main, and with the commit before this one. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execute, type Outcome, root } from "./step.ts";

export async function checkBreaking(): Promise<Outcome> {
  const commits = [...new Set(["main", "HEAD~1"].map(resolveCommit).filter((commit) => commit !== undefined))];
  const earlier = commits.filter((commit) => hasContracts(commit));
  if (earlier.length === 0) return { isGood: true, output: "", note: "nothing earlier to compare with" };
  const outcomes = await Promise.all(earlier.map(compareWith));
  return {
    isGood: outcomes.every(({ isGood }) => isGood),
    output: outcomes.map(({ output }) => output).join(""),
    note: `against ${earlier.map((commit) => commit.slice(0, 7)).join(", ")}`,
  };
}

/** Unpacks the earlier contracts: that works in a shallow clone, where fetching a commit by its id does not. */
async function compareWith(commit: string): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), "veche-contracts-"));
  try {
    mkdirSync(join(directory, "proto"));
    const archive = execFileSync("git", ["archive", "--format=tar", commit, "proto"], {
      cwd: root,
      maxBuffer: 2 ** 28,
    });
    execFileSync("tar", ["-x", "-C", directory], { input: archive });
    return await execute("buf", ["breaking", "--against", join(directory, "proto")], join(root, "proto"));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function resolveCommit(name: string): string | undefined {
  return git("rev-parse", "--verify", "--quiet", `${name}^{commit}`);
}

function hasContracts(commit: string): boolean {
  return git("cat-file", "-e", `${commit}:proto/buf.yaml`) !== undefined;
}

function git(...args: readonly string[]): string | undefined {
  try {
    return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}
