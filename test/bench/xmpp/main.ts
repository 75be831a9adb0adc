/**
 * `npm run bench -- xmpp`: the same load on Prosody, ejabberd and our XMPP server, one after the other and again, each
 * time a fresh process. Prints a table and keeps the figures as JSON. It judges nothing.
 */

import { compare, type Figures, type Run, table } from "../comparison.ts";
import { isPinned, pinTo } from "../process.ts";
import type { Transport } from "./clients/client.ts";
import { measureConnecting } from "./loads/connect.ts";
import { measureRoom } from "./loads/room.ts";
import { type Options, readOptions } from "./options.ts";
import { ejabberd } from "./servers/ejabberd.ts";
import { prosody } from "./servers/prosody.ts";
import type { Candidate, Server } from "./servers/server.ts";
import { veche } from "./servers/veche.ts";

type Load = { readonly name: string; readonly run: (server: Server) => Promise<Figures> };

export type XmppResults = {
  readonly versions: Readonly<Record<string, string>>;
  readonly isPinned: boolean;
  readonly options: Options;
  readonly runs: readonly Run[];
  readonly comparison: ReturnType<typeof compare>;
};

export async function benchXmpp(args: readonly string[], say: (text: string) => void): Promise<XmppResults> {
  const options = readOptions(args);
  const versions: Record<string, string> = {};
  const candidates = [veche, prosody, ejabberd].filter((candidate) => {
    if (!options.servers.includes(candidate.name)) return false;
    const version = candidate.version();
    versions[candidate.name] = version ?? candidate.missing;
    if (!version) say(`${candidate.name} is left out: ${candidate.missing}`);
    return version !== undefined;
  });
  if (isPinned) pinTo("generator");
  else say("servers and generator share the cores: there is one core, or no taskset");
  const runs: Run[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    for (const load of options.transports.flatMap((transport) => loadsOf(options, transport))) {
      for (const candidate of candidates) runs.push(await runOnce(candidate, load, round, say));
    }
  }
  const comparison = compare(runs);
  say(
    table(
      comparison,
      candidates.map(({ name }) => name),
    ),
  );
  return { versions, isPinned, options, runs, comparison };
}

function loadsOf({ rooms, seconds, hasConnecting }: Options, transport: Transport): Load[] {
  const suffix = transport === "bosh" ? " bosh" : "";
  const connecting = {
    name: `connect${suffix}`,
    run: (server: Server) => measureConnecting(server, transport),
  };
  return [
    ...(hasConnecting ? [connecting] : []),
    ...rooms.map((people) => ({
      name: `room ${people}${suffix}`,
      run: (server: Server) => measureRoom(server, { people, transport, seconds }),
    })),
  ];
}

async function runOnce(
  { name, start }: Candidate,
  load: Load,
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
