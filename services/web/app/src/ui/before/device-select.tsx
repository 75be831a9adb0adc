import type { JSX } from "preact";
import { t } from "../../i18n/i18n.ts";
import type { DeviceKind } from "../../model/media/devices.ts";
import { useApp } from "../parts/context.ts";
import { Icon, type IconName } from "../parts/icons.tsx";

const ICONS: Readonly<Record<DeviceKind, IconName>> = {
  audioinput: "mic",
  videoinput: "camera",
  audiooutput: "speaker",
};
const LABELS = {
  audioinput: "settings.microphones",
  videoinput: "settings.cameras",
  audiooutput: "settings.speakers",
} as const;

export function DeviceSelect({ kind }: { readonly kind: DeviceKind }): JSX.Element | null {
  const { devices, media } = useApp();
  const found = devices.available.value[kind];
  // Where the browser cannot switch speakers there is nothing to choose.
  if (kind === "audiooutput" && (found.length === 0 || !("setSinkId" in HTMLMediaElement.prototype))) return null;
  const choose = (id: string) => {
    devices.choose(kind, id);
    if (kind !== "audiooutput") void media.switchDevice(kind);
  };
  return (
    <label class="device">
      <Icon name={ICONS[kind]} size={20} />
      <span class="visually-hidden">{t(LABELS[kind])}</span>
      <select
        class="field"
        disabled={found.length === 0}
        value={devices.chosen.value[kind] ?? found[0]?.id ?? ""}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {found.length === 0 && <option value="">{t("deviceSelection.none")}</option>}
        {found.map(({ id, label }, index) => (
          <option key={id} value={id}>
            {label || (id === "default" ? t("deviceSelection.default") : `${t(LABELS[kind])} ${index + 1}`)}
          </option>
        ))}
      </select>
    </label>
  );
}
