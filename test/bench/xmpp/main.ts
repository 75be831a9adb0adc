/**
 * `npm run bench -- xmpp`: the same load on Prosody, ejabberd and our XMPP server, one after the other and again, each
 * time a fresh process. Prints a table and keeps the figures as JSON. It judges nothing.
 */

import { type Load, type RoundsResults, runRounds } from "../rounds.ts";
import type { Transport } from "./clients/client.ts";
import { measureConnecting } from "./loads/connect.ts";
import { measureRoom } from "./loads/room.ts";
import { type Options, readOptions } from "./options.ts";
import { ejabberd } from "./servers/ejabberd.ts";
import { prosody } from "./servers/prosody.ts";
import type { Server } from "./servers/server.ts";
import { veche } from "./servers/veche.ts";

export async function benchXmpp(args: readonly string[], say: (text: string) => void): Promise<RoundsResults<Options>> {
  const options = readOptions(args);
  const loads = options.transports.flatMap((transport) => loadsOf(options, transport));
  return runRounds([veche, prosody, ejabberd], loads, options, say);
}

function loadsOf({ rooms, seconds, hasConnecting }: Options, transport: Transport): Load<Server>[] {
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
