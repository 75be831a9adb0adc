import type { Picture } from "../status/picture.ts";
import { type Warning, warningsOf } from "../status/warnings.ts";
import { mediaFindings } from "./media-findings.ts";
import type { Tries } from "./tries.ts";
import { webFindings } from "./web-findings.ts";

const order = { error: 0, warning: 1, note: 2 } as const;

/** All that is wrong, the worst first: what status sees, and what was tried. */
export function findingsOf(picture: Picture, tries: Tries): readonly Warning[] {
  if (picture.away !== undefined) return warningsOf(picture);
  const found = [
    ...warningsOf(picture),
    ...webFindings(tries, picture.processes),
    ...mediaFindings(tries),
    ...tries.faults.map((text): Warning => ({ severity: "warning", text: `not everything could be tried: ${text}` })),
  ];
  return found.toSorted((one, other) => order[one.severity] - order[other.severity]);
}
