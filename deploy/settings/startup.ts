import type { Environment } from "@veche/kit/config.ts";
import { knownSettings } from "@veche/kit/settings/gen/known.ts";
import { checkNames, ignoredLine, type NameSource } from "@veche/kit/settings/names.ts";

/** Says what is wrong with the names of settings, and which of them nothing comes of. False where nothing may start. */
export function areNamesGood(env: Environment, source: NameSource): boolean {
  const findings = checkNames(env, knownSettings, source);
  const ignored = ignoredLine(findings);
  if (ignored !== undefined) console.log(`settings: ${ignored}`);
  for (const fault of findings.faults) console.error(`settings: ${fault}`);
  return findings.faults.length === 0;
}
