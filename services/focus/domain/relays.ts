import { isSameBridge, useOf } from "./bridge-selection/bridge.ts";
import { isLive } from "./conference.ts";
import type { Input } from "./inputs.ts";
import type { Source } from "./media.ts";
import { fixed } from "./rules.ts";
import { enqueue } from "./signalling.ts";
import { isSameSource } from "./sources.ts";
import type { Turn } from "./turn.ts";

/**
 * Who fetches: a bridge, for its endpoints, or a tap: a recorder, which to bridges is another bridge that fetches all
 * there is and has no endpoints. It is asked as one, and is nobody's place.
 */
type Fetcher = { readonly id: string; readonly instance: string };

/** A source on the bridge that took it from its endpoint. */
type Home = { readonly bridge: string; readonly instance: string; readonly source: Source };

type Asked = {
  readonly home: Home;
  /** The bridge did not do it, or did not say so. */
  readonly isDoubtful: boolean;
};

/**
 * What one bridge was asked to fetch from the others. It is held against what its endpoints are to get, which is every
 * source that another bridge has taken, and what differs is asked for: nothing depends on which of them came first.
 */
export type RelayBook = {
  /** By owner, then by name. */
  readonly asked: ReadonlyMap<string, ReadonlyMap<string, Asked>>;
  /** Names that it was asked to forget and may still have. */
  readonly leftovers: ReadonlySet<string>;
  /** Bridges that it was asked to drop and may still have a relay with. */
  readonly drops: ReadonlySet<string>;
  /** Failures in a row. */
  readonly failures: number;
  /** When what failed is asked again; 0: nothing failed. */
  readonly retryAtMs: number;
};

const emptyBook: RelayBook = { asked: new Map(), leftovers: new Set(), drops: new Set(), failures: 0, retryAtMs: 0 };
const nothing: ReadonlyMap<string, never> = new Map<string, never>();

/** Asks each bridge and tap for what changed. A conference on one bridge that nobody records costs nothing here. */
export function settleRelays(turn: Turn): void {
  const { bridges, taps, relays } = turn.state;
  if (bridges.length < 2 && taps.length === 0 && relays.size === 0) return;
  if (taps !== turn.before.taps) changeTaps(turn);
  const fetchers: readonly Fetcher[] = [...bridges, ...taps];
  for (const id of relays.keys()) if (!fetchers.some((one) => one.id === id)) setBook(turn, id, undefined);
  const changed = changedSenders(turn);
  for (const use of bridges) {
    if (use.isLost || (!bookOf(turn, use.id) && bridges.length < 2)) continue;
    if (settleFetcher(turn, use, changed) === "whole") linkTo(turn, use);
  }
  for (const tap of taps) settleFetcher(turn, tap, changed);
}

function settleFetcher(turn: Turn, fetcher: Fetcher, changed: readonly string[]): "whole" | "changes" {
  const book = bookOf(turn, fetcher.id);
  const isDue = book !== undefined && book.retryAtMs !== 0 && book.retryAtMs <= turn.now;
  if (!book || isDue) {
    settleWhole(turn, fetcher, book ?? emptyBook);
    return "whole";
  }
  if (changed.length > 0) settleBook(turn, fetcher, book, changed);
  return "changes";
}

/** Those whose sources may be elsewhere than before this step. */
function changedSenders(turn: Turn): readonly string[] {
  return [...turn.touched].filter((endpoint) => {
    const [before, after] = [turn.before.members.get(endpoint), turn.member(endpoint)];
    if (before?.sentSources !== after?.sentSources) return true;
    const [was, is] = [before?.session.invite, after?.session.invite];
    return was?.taken !== is?.taken || was?.bridge !== is?.bridge || was?.instance !== is?.instance;
  });
}

/** Who is new here, or did not do everything. */
function settleWhole(turn: Turn, use: Fetcher, book: RelayBook): void {
  const { id: bridge, instance } = use;
  // A tap that came back has another end there by now.
  const drops = [...book.drops].filter((from) => !turn.state.taps.some((tap) => tap.id === from));
  for (const from of drops) turn.do({ type: "drop-relay", bridge, instance, from });
  const kept = withoutDropped(book, book.drops);
  const removed = new Set(book.leftovers);
  const asked = new Map<string, ReadonlyMap<string, Asked>>();
  for (const [owner, entries] of kept.asked) {
    const sure = [...entries].filter(([name, { isDoubtful }]) => !isDoubtful && !removed.has(name));
    for (const [name, { isDoubtful }] of entries) if (isDoubtful) removed.add(name);
    if (sure.length > 0) asked.set(owner, new Map(sure));
  }
  if (removed.size > 0) turn.do({ type: "remove-remote-sources", bridge, instance, names: [...removed] });
  const clean = { ...emptyBook, asked, failures: book.failures };
  settleBook(turn, use, clean, new Set([...turn.members.keys(), ...asked.keys()]));
}

/** Bridges whose endpoints send nothing pass on bridge channel messages all the same. */
function linkTo(turn: Turn, { id: bridge, instance }: Fetcher): void {
  for (const other of turn.state.bridges) {
    if (other.id === bridge || other.isLost || !bookOf(turn, other.id)) continue;
    const isAsked = turn.effects.some(
      (effect) => effect.type === "add-remote-sources" && effect.bridge === bridge && effect.from === other.id,
    );
    const from = { from: other.id, fromInstance: other.instance };
    if (!isAsked) turn.do({ type: "add-remote-sources", bridge, instance, ...from, sources: [] });
  }
}

function settleBook(turn: Turn, use: Fetcher, book: RelayBook, owners: Iterable<string>): void {
  const removed: string[] = [];
  const added: Home[] = [];
  const asked = new Map(book.asked);
  for (const owner of owners) {
    const before = book.asked.get(owner) ?? nothing;
    const wanted = homesFor(turn, owner, use);
    if (before.size + wanted.size === 0) continue;
    const kept = [...before].filter(([name, { home }]) => isSameHome(home, wanted.get(name)));
    const after = new Map<string, Asked>(kept);
    removed.push(...[...before.keys()].filter((name) => !after.has(name)));
    for (const [name, home] of wanted) {
      if (after.has(name)) continue;
      after.set(name, { home, isDoubtful: false });
      added.push(home);
    }
    if (after.size > 0) asked.set(owner, after);
    else asked.delete(owner);
  }
  if (removed.length + added.length === 0 && book === bookOf(turn, use.id)) return;
  setBook(turn, use.id, { ...book, asked });
  const { id: bridge, instance } = use;
  if (removed.length > 0) turn.do({ type: "remove-remote-sources", bridge, instance, names: removed });
  for (const [from, homes] of Map.groupBy(added, (home) => home.bridge)) {
    const fromInstance = homes[0]?.instance ?? "";
    const sources = homes.map(({ source }) => source);
    turn.do({ type: "add-remote-sources", bridge, instance, from, fromInstance, sources });
  }
}

/** What of somebody's sources a bridge or tap is to fetch: all that another bridge has taken. */
function homesFor(turn: Turn, owner: string, use: Fetcher): ReadonlyMap<string, Home> {
  const member = turn.member(owner);
  const invite = member?.session.invite;
  if (!member || !invite || !isLive(member.session)) return nothing;
  if (invite.bridge === use.id || !useOf(turn.state.bridges, invite)) return nothing;
  const { bridge, instance, taken } = invite;
  const sources = [...member.sentSources.values()].filter(({ name }) => taken.has(name));
  return new Map(sources.map((source) => [source.name, { bridge, instance, source }]));
}

function isSameHome(a: Home, b: Home | undefined): boolean {
  return b !== undefined && a.bridge === b.bridge && a.instance === b.instance && isSameSource(a.source, b.source);
}

/** A bridge has no part in the conference any more: the others give up what they had from it. */
export function dropRelaysTo(turn: Turn, gone: Fetcher): void {
  setBook(turn, gone.id, undefined);
  for (const use of [...turn.state.bridges, ...turn.state.taps]) {
    const book = bookOf(turn, use.id);
    if (!book || use.id === gone.id) continue;
    setBook(turn, use.id, withoutDropped(book, new Set([gone.id])));
    turn.do({ type: "drop-relay", bridge: use.id, instance: use.instance, from: gone.id });
  }
}

/** One that began anew has nothing, and has new ends of its relays. One that is gone is no longer sent anything. */
function changeTaps(turn: Turn): void {
  const { taps, bridges } = turn.state;
  for (const tap of turn.before.taps) {
    if (taps.some((one) => isSameBridge(one, tap))) continue;
    setBook(turn, tap.id, undefined);
    if (taps.some(({ id }) => id === tap.id)) continue;
    for (const { id: bridge, instance, isLost } of bridges)
      if (!isLost) turn.do({ type: "drop-relay", bridge, instance, from: tap.id });
  }
}

/** Its media worker died, and what it had fetched went with it. */
export function forgetRelays(turn: Turn, bridge: string): void {
  setBook(turn, bridge, undefined);
}

/** It was out of reach and is not: whatever changed meanwhile is asked for. */
export function renewRelays(turn: Turn, bridge: string): void {
  const book = bookOf(turn, bridge);
  if (book) setBook(turn, bridge, { ...book, retryAtMs: turn.now });
}

/** As a bridge held them when this process took the conference over. */
export function adoptRelays(
  turn: Turn,
  use: Fetcher,
  remote: readonly { readonly bridge: string; readonly instance: string; readonly names: readonly string[] }[],
): void {
  const wanted = new Map([...turn.members.keys()].flatMap((owner) => [...homesFor(turn, owner, use)]));
  const asked = new Map<string, Map<string, Asked>>();
  const leftovers = new Set<string>();
  for (const { bridge, instance, names } of remote) {
    for (const name of names) {
      const home = wanted.get(name);
      if (home?.bridge !== bridge || home.instance !== instance) {
        leftovers.add(name);
        continue;
      }
      const { owner } = home.source;
      asked.set(owner, (asked.get(owner) ?? new Map<string, Asked>()).set(name, { home, isDoubtful: false }));
    }
  }
  const gone = remote.map(({ bridge }) => bridge).filter((id) => !turn.state.bridges.some((one) => one.id === id));
  setBook(turn, use.id, { ...emptyBook, asked, leftovers, drops: new Set(gone), retryAtMs: turn.now });
}

type Of<T extends Input["type"]> = Extract<Input, { readonly type: T }>;

export function noteRemoteAdded(turn: Turn, input: Of<"remote-sources-added">): void {
  const { bridge, sources, announcements } = input;
  const book = bookOf(turn, bridge);
  if (!book || !isThere(turn, input)) return;
  if (book.failures > 0) setBook(turn, bridge, { ...book, failures: 0 });
  // What was asked otherwise meanwhile has an answer of its own.
  const current = new Set(sources.filter((source) => isAsked(book, input, source)).map(({ name }) => name));
  enqueue(
    turn,
    announcements.map((one) => ({ ...one, sources: one.sources.filter(({ name }) => current.has(name)) })),
    bridge,
  );
}

export function noteRemoteNotAdded(turn: Turn, input: Of<"remote-sources-not-added">): void {
  const { bridge, sources } = input;
  const book = bookOf(turn, bridge);
  if (!book || !isThere(turn, input)) return;
  const asked = new Map(book.asked);
  for (const source of sources) {
    const entry = asked.get(source.owner)?.get(source.name);
    if (!entry || !isAsked(book, input, source)) continue;
    asked.set(source.owner, new Map(asked.get(source.owner)).set(source.name, { ...entry, isDoubtful: true }));
  }
  noteFailure(turn, bridge, { ...book, asked });
}

export function noteRemoteNotRemoved(turn: Turn, input: Of<"remote-sources-not-removed">): void {
  const book = bookOf(turn, input.bridge);
  if (!book || !isThere(turn, input)) return;
  noteFailure(turn, input.bridge, { ...book, leftovers: new Set([...book.leftovers, ...input.names]) });
}

export function noteNotDropped(turn: Turn, input: Of<"relay-not-dropped">): void {
  if (!isThere(turn, input)) return;
  // A bridge that fetches nothing itself may have been a tap's.
  const book = bookOf(turn, input.bridge) ?? emptyBook;
  noteFailure(turn, input.bridge, { ...book, drops: new Set([...book.drops, input.from]) });
}

function noteFailure(turn: Turn, bridge: string, book: RelayBook): void {
  const waitMs = Math.min(fixed.lastRetryMs, fixed.firstRetryMs * 2 ** book.failures);
  const retryAtMs = book.retryAtMs === 0 ? turn.now + waitMs : book.retryAtMs;
  setBook(turn, bridge, { ...book, failures: book.failures + 1, retryAtMs });
}

function isThere(
  turn: Turn,
  { bridge: id, instance }: { readonly bridge: string; readonly instance: string },
): boolean {
  const { bridges, taps } = turn.state;
  return [...bridges, ...taps].some((one) => isSameBridge(one, { id, instance }));
}

function isAsked(
  book: RelayBook,
  { from, fromInstance }: { readonly from: string; readonly fromInstance: string },
  source: Source,
): boolean {
  const entry = book.asked.get(source.owner)?.get(source.name);
  return isSameHome({ bridge: from, instance: fromInstance, source }, entry?.home);
}

function withoutDropped(book: RelayBook, dropped: ReadonlySet<string>): RelayBook {
  if (dropped.size === 0) return book;
  const asked = [...book.asked].map(
    ([owner, entries]) => [owner, new Map([...entries].filter(([, { home }]) => !dropped.has(home.bridge)))] as const,
  );
  return { ...book, asked: new Map(asked.filter(([, entries]) => entries.size > 0)) };
}

function bookOf(turn: Turn, bridge: string): RelayBook | undefined {
  return turn.state.relays.get(bridge);
}

function setBook(turn: Turn, bridge: string, book: RelayBook | undefined): void {
  const relays = new Map(turn.state.relays);
  if (book) relays.set(bridge, book);
  else relays.delete(bridge);
  turn.change({ relays });
}
