import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import { NETWORK_CHECK_PATH } from "../../model/network-check/address.ts";

/** In a tab of its own: what stands here may be a call. */
export function CheckLink(): JSX.Element {
  return (
    <a id="check-network" class="button" href={NETWORK_CHECK_PATH} target="_blank" rel="noreferrer">
      {t("networkCheck.link")}
    </a>
  );
}
