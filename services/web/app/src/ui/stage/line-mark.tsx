import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { LineLevel } from "../../model/line/verdict.ts";
import type { TileModel } from "../../model/stage/tiles.ts";
import { useApp } from "../parts/context.ts";
import { Icon, type IconName } from "../parts/icons.tsx";
import { openLine } from "./line-open.ts";

const ICONS: Readonly<Record<LineLevel, IconName>> = {
  good: "signalHigh",
  nonoptimal: "signalMedium",
  poor: "signalLow",
  lost: "wifiOff",
  inactive: "signalLow",
};

interface LineMarkProps {
  readonly tile: TileModel;
  readonly name: string;
}

/** How good a connection is, in Jitsi's five levels; a good one shows only to who looks for it. */
export function LineMark({ tile, name }: LineMarkProps): JSX.Element {
  const { call, view } = useApp();
  const { endpoint, key, source } = tile;
  const line = useMemo(() => call.activities.lines.of(endpoint), [call, endpoint]);
  const level = useComputed(() =>
    line.value.level !== "lost" && tile.hasVideo && view.arrival(key) === "held back" ? "inactive" : line.value.level,
  ).value;
  const text = t("connectionindicator.of", { name, quality: t(`connectionindicator.quality.${level}`) });
  return (
    <button
      class="line-mark"
      type="button"
      data-level={level}
      aria-label={text}
      title={text}
      onClick={(event) => {
        openLine.value = { endpoint, name, source, at: event.currentTarget.getBoundingClientRect() };
      }}
    >
      <Icon name={ICONS[level]} size={16} />
    </button>
  );
}
