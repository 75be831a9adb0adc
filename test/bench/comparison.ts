/** Runs of several servers side by side: medians, and how ours relates to each other one, round by round. */
import { round } from "./figures.ts";

/** What a run yields, by name. */
export type Figures = Readonly<Record<string, number>>;

export type Run = {
  readonly load: string;
  readonly server: string;
  readonly round: number;
  readonly figures: Figures;
  /** Why there are no figures. */
  readonly failed?: string;
};

export type Ratio = { readonly median: number; readonly least: number; readonly most: number };

export type Row = {
  readonly load: string;
  readonly figure: string;
  readonly medians: Readonly<Record<string, number>>;
  /** Ours divided by the other's of the same round. */
  readonly ratios: Readonly<Record<string, Ratio>>;
};

export function compare(runs: readonly Run[]): Row[] {
  const loads = [...new Set(runs.map(({ load }) => load))];
  return loads.flatMap((load) => {
    const ofLoad = runs.filter((run) => run.load === load);
    const figures = [...new Set(ofLoad.flatMap(({ figures }) => Object.keys(figures)))];
    return figures.map((figure) => row(load, figure, ofLoad));
  });
}

function row(load: string, figure: string, runs: readonly Run[]): Row {
  const medians: Record<string, number> = {};
  const ratios: Record<string, Ratio> = {};
  for (const name of new Set(runs.map(({ server }) => server))) {
    const values = valuesOf(runs, name, figure);
    if (values.size > 0) medians[name] = median([...values.values()]);
    if (name === "veche" || hasNoRatio(figure)) continue;
    const ours = valuesOf(runs, "veche", figure);
    const pairs = [...values].flatMap(([at, theirs]) => {
      const own = ours.get(at);
      return own === undefined || theirs === 0 ? [] : [round(own / theirs)];
    });
    if (pairs.length > 0) ratios[name] = { median: median(pairs), least: Math.min(...pairs), most: Math.max(...pairs) };
  }
  return { load, figure, medians, ratios };
}

/** Decibels are ratios already. */
function hasNoRatio(figure: string): boolean {
  return figure.endsWith("Db");
}

function valuesOf(runs: readonly Run[], server: string, figure: string): Map<number, number> {
  return new Map(
    runs.flatMap((run) => {
      const value = run.figures[figure];
      return run.server === server && value !== undefined && Number.isFinite(value) ? [[run.round, value]] : [];
    }),
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : round(((sorted[middle - 1] ?? upper) + upper) / 2);
}

const columns = [12, 14, 32] as const;

export function table(rows: readonly Row[], servers: readonly string[]): string {
  const others = servers.filter((name) => name !== "veche" && servers.includes("veche"));
  const line = (load: string, figure: string, cells: readonly string[]) =>
    [load.padEnd(columns[1]), figure.padEnd(columns[2]), ...cells.map((cell) => cell.padStart(columns[0]))].join("  ");
  const head = line("load", "figure", [...servers, ...others.map((name) => `: ${name}`)]);
  const body = rows.map(({ load, figure, medians, ratios }) =>
    line(load, figure, [
      ...servers.map((name) => String(medians[name] ?? "–")),
      ...others.map((name) => {
        const ratio = ratios[name];
        return ratio ? `${ratio.median} (${ratio.least}–${ratio.most})` : "–";
      }),
    ]),
  );
  return [head, ...body].join("\n");
}
