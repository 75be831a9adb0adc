/** Servers side by side: the same loads on each in turn, round after round, a fresh process each time. */
import { compare, type Figures, type Run, table } from "./comparison.ts";
import { isPinned, pinTo } from "./process.ts";

export type Contestant<S extends AsyncDisposable> = {
  readonly name: string;
  /** Name and version; undefined where it can't run here. */
  readonly version: () => string | undefined;
  readonly missing: string;
  readonly start: () => Promise<S>;
};

export type Load<S> = { readonly name: string; readonly run: (server: S) => Promise<Figures> };

export type RoundsOptions = { readonly servers: readonly string[]; readonly rounds: number };

export type RoundsResults<O> = {
  readonly versions: Readonly<Record<string, string>>;
  readonly isPinned: boolean;
  readonly options: O;
  readonly runs: readonly Run[];
  readonly comparison: ReturnType<typeof compare>;
};

/** Says each run and a table in the end. One that fails is said and has no figures. */
export async function runRounds<S extends AsyncDisposable, O extends RoundsOptions>(
  contestants: readonly Contestant<S>[],
  loads: readonly Load<S>[],
  options: O,
  say: (text: string) => void,
): Promise<RoundsResults<O>> {
  const versions: Record<string, string> = {};
  const present = contestants.filter((contestant) => {
    if (!options.servers.includes(contestant.name)) return false;
    const version = contestant.version();
    versions[contestant.name] = version ?? contestant.missing;
    if (!version) say(`${contestant.name} is left out: ${contestant.missing}`);
    return version !== undefined;
  });
  if (isPinned) pinTo("generator");
  else say("servers and generator share the cores: there is one core, or no taskset");
  const runs: Run[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    for (const load of loads) {
      for (const contestant of present) runs.push(await runOnce(contestant, load, round, say));
    }
  }
  const comparison = compare(runs);
  const names = present.map(({ name }) => name);
  say(table(comparison, names));
  return { versions, isPinned, options, runs, comparison };
}

async function runOnce<S extends AsyncDisposable>(
  { name, start }: Contestant<S>,
  load: Load<S>,
  round: number,
  say: (text: string) => void,
): Promise<Run> {
  const about = { load: load.name, server: name, round };
  try {
    await using server = await start();
    const figures = await load.run(server);
    say(`${load.name}, ${name}, round ${round}: ${JSON.stringify(figures)}`);
    return { ...about, figures };
  } catch (error) {
    const failed = error instanceof Error ? error.message : String(error);
    say(`${load.name}, ${name}, round ${round} failed: ${failed}`);
    return { ...about, figures: {}, failed };
  }
}
