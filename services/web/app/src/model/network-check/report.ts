import { type Findings, outcomeOf, STEPS, type Verdict } from "./finding.ts";

export interface ReportHead {
  readonly origin: string;
  readonly browser: string;
  readonly at: Date;
  readonly verdict: Verdict;
}

/** For whoever runs the server: plain lines, in English, without anything of the person. */
export function reportOf(findings: Findings, { origin, browser, at, verdict }: ReportHead): string {
  const lines = STEPS.flatMap((step) => {
    const finding = findings.get(step);
    return finding ? [`${outcomeOf(finding).padEnd(8)}${step}.${finding.what}: ${finding.detail}`] : [];
  });
  return [
    `Veche network check, ${at.toISOString()}`,
    `server   ${origin}`,
    `browser  ${browser}`,
    `verdict  ${verdict.name} (${verdict.reason})`,
    ...lines,
  ].join("\n");
}
