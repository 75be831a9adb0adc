import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import type { Finding, Found, StepName } from "../../model/network-check/finding.ts";

/** The compiler sees that each thing that may be found has its text. */
type FoundKey = { [S in StepName]: `networkCheck.found.${S}.${Found[S]}` }[StepName];

export function findingText({ step, what, values }: Finding): string {
  const key: TextKey = `networkCheck.found.${step}.${what}` as FoundKey;
  return t(key, values);
}
