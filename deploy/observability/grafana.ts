/** Dashboards in Grafana's JSON model, https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/. */
import type { Dashboard, Panel, Row } from "./dashboards.ts";

const datasource = { type: "prometheus", uid: "veche-prometheus" };
/** Of 24 columns. */
const columns = 24;
const heights = { stat: 4, curve: 8, table: 8 } as const;
const types = { stat: "stat", curve: "timeseries", table: "table" } as const;

export function grafanaJson({ uid, title, rows }: Dashboard): object {
  const panels: object[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: "row",
      title: row.title,
      collapsed: false,
      gridPos: place(0, y, columns, 1),
    });
    y += 1;
    y = layRow(row, y, panels);
  }
  return {
    uid,
    title,
    tags: ["veche"],
    editable: true,
    graphTooltip: 1,
    refresh: "15s",
    time: { from: "now-1h", to: "now" },
    schemaVersion: 39,
    links: [
      { title: "Veche", type: "dashboards", tags: ["veche"], asDropdown: true, includeVars: false, keepTime: true },
    ],
    templating: { list: [] },
    annotations: { list: [] },
    panels,
  };
}

/** Left to right, the next line where a panel no longer fits. Returns the line below. */
function layRow(row: Row, top: number, panels: object[]): number {
  let x = 0;
  let y = top;
  let height = 0;
  for (const panel of row.panels) {
    const width = panel.width ?? (panel.as === "stat" ? 6 : 12);
    if (x + width > columns) {
      x = 0;
      y += height;
      height = 0;
    }
    panels.push(panelJson(panel, panels.length + 1, place(x, y, width, heights[panel.as])));
    x += width;
    height = Math.max(height, heights[panel.as]);
  }
  return y + height;
}

function place(x: number, y: number, w: number, h: number) {
  return { x, y, w, h };
}

function panelJson({ title, as, unit, queries, warn }: Panel, id: number, gridPos: object): object {
  return {
    id,
    type: types[as],
    title,
    datasource,
    gridPos,
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource,
      expr,
      legendFormat: legend,
      ...(as === "curve" ? { range: true } : { instant: true, range: false }),
      ...(as === "table" ? { format: "table" } : {}),
    })),
    fieldConfig: {
      defaults: {
        unit,
        min: unit === "s" ? null : 0,
        color: warn ? { mode: "thresholds" } : { mode: "palette-classic" },
        thresholds: { mode: "absolute", steps: steps(warn) },
        ...(as === "curve"
          ? { custom: { drawStyle: "line", lineWidth: 1, fillOpacity: 10, showPoints: "never" } }
          : {}),
      },
      overrides: [],
    },
    options: optionsOf(as),
  };
}

function steps(warn: Panel["warn"]) {
  const base = { color: "green", value: null };
  if (!warn) return [base];
  return [base, { color: "yellow", value: warn[0] }, { color: "red", value: warn[1] }];
}

function optionsOf(as: Panel["as"]): object {
  if (as === "table") return { showHeader: true };
  if (as === "curve")
    return {
      legend: { displayMode: "list", placement: "bottom", showLegend: true, calcs: [] },
      tooltip: { mode: "multi", sort: "desc" },
    };
  return {
    reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
    colorMode: "value",
    graphMode: "area",
    textMode: "value",
    justifyMode: "auto",
    orientation: "auto",
  };
}
