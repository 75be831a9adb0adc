import { t } from "../../i18n/i18n.ts";
import { phoneStateOf } from "../../protocol/conference/telephone.ts";

/** How a telephone's call stands, in the reader's language where the gateway's words are known. */
export function callText(status: string): string {
  const state = phoneStateOf(status);
  return state === undefined ? status : t(`presenceStatus.${state}`);
}
