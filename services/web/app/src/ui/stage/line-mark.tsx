import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { LineLevel } from "../../model/line/verdict.ts";
import type { TileModel } from "../../model/stage/tiles.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { openLine } from "./line-open.ts";

const BARS: Readonly<Record<Exclude<LineLevel, "lost">, number>> = { good: 3, nonoptimal: 2, poor: 1, inactive: 1 };

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
      {level === "lost" ? <Icon name="wifiOff" size={16} /> : <Bars full={BARS[level]} />}
    </button>
  );
}

/** Three bars, of which so many are full: told apart by more than colour. */
function Bars({ full }: { readonly full: number }): JSX.Element {
  return (
    <svg class="line-bars" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {[0, 1, 2].map((bar) => (
        <rect
          key={bar}
          x={1 + bar * 5}
          y={10 - bar * 4}
          width="4"
          height={5 + bar * 4}
          rx="1"
          opacity={bar < full ? 1 : 0.35}
        />
      ))}
    </svg>
  );
}
