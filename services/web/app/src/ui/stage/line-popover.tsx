import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { Line } from "../../model/line/line.ts";
import type { Measure } from "../../model/line/measure.ts";
import type { LineTrouble } from "../../model/line/verdict.ts";
import { useApp } from "../parts/context.ts";
import { type OpenLine, openLine } from "./line-open.ts";
import "./line.css";

const EDGE = 8;

/** Somebody's connection in words first, in figures below. */
export function LinePopover(): JSX.Element | null {
  const shown = openLine.value;
  return shown ? <LineOf key={shown.endpoint} shown={shown} /> : null;
}

function LineOf({ shown }: { readonly shown: OpenLine }): JSX.Element {
  const { call, state } = useApp();
  const { lines } = call.activities;
  const { endpoint, name } = shown;
  const element = useRef<HTMLDivElement>(null);
  const line = useMemo(() => lines.of(endpoint), [lines, endpoint]).value;
  const isOwn = endpoint === state.selfId.value;
  useEffect(() => {
    lines.isWatched.value = true;
    element.current?.showPopover();
    // Readers begin to read where the focus is; it goes back by itself.
    element.current?.focus();
    if (element.current) putAt(element.current, shown.at);
    return () => {
      lines.isWatched.value = false;
    };
  }, [lines, shown]);
  return (
    <div
      ref={element}
      id="line-popover"
      class="menu line-popover"
      popover="auto"
      role="dialog"
      tabIndex={-1}
      aria-label={t("connectionindicator.title", { name })}
      data-level={line.level}
      onToggle={(event) => {
        if (event.newState === "closed") openLine.value = undefined;
      }}
    >
      <p class="line-head">{name}</p>
      <p class="line-level" data-level={line.level}>
        {t(`connectionindicator.quality.${line.level}`)}
      </p>
      <p class="line-advice">{advice(line.trouble, isOwn)}</p>
      <Figures line={line} measure={lines.measure.value} isOwn={isOwn} source={shown.source} />
    </div>
  );
}

interface FiguresProps {
  readonly line: Line;
  /** Of our own line, which carries everybody's pictures. */
  readonly measure: Measure | undefined;
  readonly isOwn: boolean;
  readonly source: string;
}

function Figures({ line, measure, isOwn, source }: FiguresProps): JSX.Element {
  const { stats } = line;
  const picture = measure?.pictures.get(source);
  const rows: [string, string | undefined][] = [
    [
      t("connectionindicator.bitrate"),
      stats && t("connectionindicator.upDownKbps", { up: stats.uploadKbps, down: stats.downloadKbps }),
    ],
    [
      t("connectionindicator.packetloss"),
      stats && t("connectionindicator.upDownPercent", { up: stats.uploadLoss, down: stats.downloadLoss }),
    ],
    [
      t("connectionindicator.rtt"),
      stats?.rttMs === undefined ? undefined : t("connectionindicator.ms", { ms: stats.rttMs }),
    ],
    [
      t("connectionindicator.bandwidth"),
      isOwn && measure?.availableUploadKbps !== undefined
        ? t("connectionindicator.kbps", { kbps: measure.availableUploadKbps })
        : undefined,
    ],
    [t("connectionindicator.resolution"), picture && `${picture.width} × ${picture.height}`],
    [t("connectionindicator.framerate"), picture && String(picture.framesPerSecond)],
    [t("connectionindicator.codecs"), picture?.codec || undefined],
    [
      t("connectionindicator.transport"),
      isOwn && measure ? `${measure.protocol.toUpperCase()}${measure.isRelayed ? " (TURN)" : ""}` : undefined,
    ],
  ];
  const known = rows.filter((row): row is [string, string] => row[1] !== undefined);
  if (known.length === 0) return <p class="hint">{t("connectionindicator.noFigures")}</p>;
  return (
    <dl class="line-figures">
      {known.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function advice(trouble: LineTrouble | undefined, isOwn: boolean): string {
  const whose = isOwn ? "own" : "others";
  switch (trouble?.kind) {
    case undefined:
      return t(`connectionindicator.advice.${whose}.none`);
    case "loss-up":
      return t(`connectionindicator.advice.${whose}.lossUp`, { percent: trouble.percent });
    case "loss-down":
      return t(`connectionindicator.advice.${whose}.lossDown`, { percent: trouble.percent });
    case "delay":
      return t(`connectionindicator.advice.${whose}.delay`, { ms: trouble.ms });
    case "narrow-up":
      return t("connectionindicator.advice.own.narrowUp", { kbps: trouble.kbps });
    case "narrow-down":
      return t("connectionindicator.advice.own.narrowDown");
    case "interrupted":
      return t(`connectionindicator.advice.${whose}.interrupted`);
  }
}

function putAt(popover: HTMLElement, at: DOMRect): void {
  const { width, height } = popover.getBoundingClientRect();
  popover.style.left = `${Math.min(Math.max(EDGE, at.left), innerWidth - width - EDGE)}px`;
  popover.style.top = `${Math.min(at.bottom + EDGE / 2, innerHeight - height - EDGE)}px`;
}
