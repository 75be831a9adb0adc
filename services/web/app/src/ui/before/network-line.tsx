import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { lookAtNetwork, type NetworkLook, type NetworkVerdict } from "../../model/welcome/network-verdict.ts";
import { Icon, type IconName } from "../parts/icons.tsx";

const ICONS: Readonly<Record<NetworkVerdict, IconName>> = {
  good: "signalHigh",
  fair: "signalMedium",
  poor: "signalLow",
  none: "wifiOff",
};
/** What the page itself needs comes first. */
const LOOK_AFTER_MS = 1500;

export function NetworkLine(): JSX.Element {
  const [look, setLook] = useState<NetworkLook | undefined>();
  useEffect(() => {
    let isGone = false;
    const begin = async () => {
      const seen = await lookAtNetwork("/favicon.svg");
      if (!isGone) setLook(seen);
    };
    const timer = setTimeout(() => void begin(), LOOK_AFTER_MS);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, []);
  const verdict = look?.verdict;
  return (
    <p id="network" class="network hint" role="status" data-verdict={verdict}>
      {look && verdict ? (
        <>
          <Icon name={ICONS[verdict]} size={18} />
          {t(`prejoin.connection.${verdict}`, { ms: look.roundTripMs })}
        </>
      ) : (
        t("prejoin.connection.looking")
      )}
    </p>
  );
}
