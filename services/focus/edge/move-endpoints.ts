import { VecheError } from "@veche/kit/errors.ts";
import type { FastifyInstance } from "@veche/kit/http.ts";
import type { Conferences } from "../conference/conferences.ts";
import type { Room } from "../conference/room.ts";
import { endpointsOn } from "../domain/moving.ts";

type Query = Readonly<Record<string, string | undefined>>;
type Moved = { readonly movedEndpoints: number; readonly conferences: number };

const defaultFraction = 0.1;

/**
 * `/move-endpoints/…` as Jicofo's (focus.md 3.12): endpoints are taken off `bridge` by a new invitation to another one,
 * where there is one that can take them.
 */
export function mountMoveEndpoints(app: FastifyInstance, conferences: Conferences): void {
  app.get<{ Querystring: Query }>("/move-endpoints/move-endpoint", ({ query }) => {
    const room = findRoom(conferences, required(query, "conference"));
    const endpoint = required(query, "endpoint");
    const all = room.running ? endpointsOn(room.running.sitting.state, query.bridge || undefined) : [];
    if (!all.includes(endpoint)) {
      throw new VecheError("not-found", `no endpoint "${endpoint.slice(0, 100)}" in that conference on that bridge`);
    }
    return summed([move(room, [endpoint])]);
  });
  app.get<{ Querystring: Query }>("/move-endpoints/move-endpoints", ({ query }) => {
    const bridge = required(query, "bridge");
    const count = readNumber(query, "numEndpoints", 1, { min: 1, max: Number.MAX_SAFE_INTEGER });
    const rooms = query.conference ? [findRoom(conferences, query.conference)] : conferences.rooms();
    return moveSome(rooms, bridge, Math.floor(count));
  });
  app.get<{ Querystring: Query }>("/move-endpoints/move-fraction", ({ query }) => {
    const bridge = required(query, "bridge");
    const fraction = readNumber(query, "fraction", defaultFraction, { min: 0, max: 1 });
    const rooms = conferences.rooms();
    const total = rooms.reduce((sum, { running }) => {
      return sum + (running ? endpointsOn(running.sitting.state, bridge).length : 0);
    }, 0);
    return moveSome(rooms, bridge, Math.ceil(total * fraction));
  });
}

/** The largest conferences first: they can best be on two bridges. */
function moveSome(rooms: readonly Room[], bridge: string, count: number): Moved {
  const found = rooms
    .map((room) => ({ room, endpoints: room.running ? endpointsOn(room.running.sitting.state, bridge) : [] }))
    .toSorted((a, b) => b.endpoints.length - a.endpoints.length);
  let left = count;
  return summed(
    found.map(({ room, endpoints }) => {
      const moved = move(room, endpoints.slice(0, left));
      left -= moved;
      return moved;
    }),
  );
}

/** How many of them were invited anew. */
function move({ running }: Room, endpoints: readonly string[]): number {
  if (!running || endpoints.length === 0) return 0;
  const { sitting } = running;
  const before = endpoints.map((endpoint) => sitting.state.members.get(endpoint)?.session.invite?.jingleSession);
  sitting.tell({ type: "move-asked", endpoints });
  return endpoints.filter(
    (endpoint, index) => sitting.state.members.get(endpoint)?.session.invite?.jingleSession !== before[index],
  ).length;
}

function summed(moved: readonly number[]): Moved {
  return {
    movedEndpoints: moved.reduce((sum, one) => sum + one, 0),
    conferences: moved.filter((one) => one > 0).length,
  };
}

function findRoom(conferences: Conferences, name: string): Room {
  const room = conferences.rooms().find(({ ref }) => ref.room === name || ref.jid === name || ref.name === name);
  if (!room) throw new VecheError("not-found", `no conference "${name.slice(0, 100)}"`);
  return room;
}

function required(query: Query, name: string): string {
  const value = query[name];
  if (!value) throw new VecheError("invalid-argument", `expected "${name}" in the query`);
  return value;
}

function readNumber(
  query: Query,
  name: string,
  byDefault: number,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const value = query[name] === undefined ? byDefault : Number(query[name]);
  if (value >= min && value <= max) return value;
  throw new VecheError("invalid-argument", `expected "${name}", a number from ${min} on${max === 1 ? " to 1" : ""}`);
}
