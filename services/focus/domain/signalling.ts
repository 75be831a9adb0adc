import { paceInBurstMs, paceMs } from "./announcement-pace.ts";
import { type Invite, isLive, type Member } from "./conference.ts";
import type { Announcement, Source } from "./media.ts";
import { acknowledgesApplied, rewritesSsrcs } from "./rules.ts";
import { isSameSource } from "./sources.ts";
import type { Turn } from "./turn.ts";

/**
 * Source announcements, one receiver at a time: they wait for its accept, one is on its way at any time, and what comes
 * up meanwhile goes out together in the next.
 */
export function enqueue(turn: Turn, announcements: readonly Announcement[], bridge: string): void {
  for (const { receiver, sources } of announcements) {
    const invite = turn.member(receiver)?.session.invite;
    if (!invite || invite.bridge !== bridge) continue;
    const fresh = sources.filter((source) => isNews(turn, receiver, invite, source));
    if (fresh.length === 0) continue;
    for (const { name } of fresh) if (invite.told.has(name)) withdrawOne(turn, receiver, name);
    // One copy for all of them: this is done for each pair of people.
    changeOwn(turn, receiver, (own) => {
      const pending = new Map(own.pending);
      for (const source of fresh) pending.set(source.name, source);
      return { pending };
    });
  }
}

function isNews(turn: Turn, receiver: string, { told }: Invite, source: Source): boolean {
  const isSent = turn.member(source.owner)?.sentSources.has(source.name) ?? false;
  if (!isSent || source.owner === receiver) return false;
  const known = told.get(source.name);
  return !known || !isSameSource(known, source);
}

/** Has every receiver forget these. */
export function withdraw(turn: Turn, names: readonly string[]): void {
  for (const member of turn.members.values()) {
    for (const name of names) withdrawOne(turn, member.endpoint, name);
  }
}

function withdrawOne(turn: Turn, receiver: string, name: string): void {
  const invite = turn.member(receiver)?.session.invite;
  const known = invite?.told.get(name);
  if (!invite || (!known && !invite.pending.has(name))) return;
  changeOwn(turn, receiver, (own) => ({
    pending: without(own.pending, [name]),
    told: without(own.told, [name]),
    withdrawals: known ? [...own.withdrawals, known] : own.withdrawals,
    resumes: own.resumes.map((resume) => ({ ...resume, names: resume.names.filter((one) => one !== name) })),
  }));
}

/**
 * After somebody left. COMPAT: Jitsi's clients drop the sources of whoever left by themselves; only those with SSRC
 * rewriting want to be told.
 */
export function forgetSourcesOf(turn: Turn, owner: string): void {
  for (const member of turn.members.values()) {
    const { invite } = member.session;
    if (!invite) continue;
    const told = namesOf(invite.told, owner);
    const pending = namesOf(invite.pending, owner);
    if (told.length + pending.length === 0) continue;
    if (member.features.includes(rewritesSsrcs)) {
      for (const name of [...told, ...pending]) withdrawOne(turn, member.endpoint, name);
    } else {
      const resumes = invite.resumes.map((resume) => ({
        ...resume,
        names: resume.names.filter((name) => !told.includes(name)),
      }));
      turn.changeInvite(member.endpoint, {
        told: without(invite.told, told),
        pending: without(invite.pending, pending),
        resumes,
      });
    }
  }
}

function namesOf(sources: ReadonlyMap<string, Source>, owner: string): string[] {
  return [...sources.values()].filter((source) => source.owner === owner).map(({ name }) => name);
}

/** Sends what waits, to those of them who can take it, and lets media flow that is due. */
export function flush(turn: Turn, endpoints: Iterable<string>): void {
  for (const endpoint of [...endpoints]) {
    const session = turn.member(endpoint)?.session;
    if (!session?.invite || !isLive(session)) continue;
    flushResumes(turn, endpoint, session.invite);
    const invite = turn.member(endpoint)?.session.invite;
    if (invite && !invite.isBusy) flushOne(turn, endpoint, invite);
  }
}

function flushOne(turn: Turn, endpoint: string, invite: Invite): void {
  const { jingleSession } = invite;
  const dueMs = flushDueMs(invite);
  if (dueMs === undefined || dueMs > turn.now) return;
  const { pace } = turn.rules;
  const { size } = turn.members;
  if (invite.withdrawals.length > 0) {
    const nextMs = turn.now + paceMs(pace, size);
    turn.do({ type: "withdraw-sources", endpoint, jingleSession, sources: invite.withdrawals });
    turn.changeInvite(endpoint, { withdrawals: [], isBusy: true, withdrawAtMs: nextMs });
  } else {
    turn.do({ type: "announce-sources", endpoint, jingleSession, sources: [...invite.pending.values()] });
    // Told from here on, so that whoever is removed while this is on its way is withdrawn after it.
    const told = merged(invite.told, invite.pending);
    const nextMs = turn.now + paceInBurstMs(pace, size, countNewcomers(turn));
    turn.changeInvite(endpoint, { pending: new Map(), told, isBusy: true, announceAtMs: nextMs });
  }
}

function countNewcomers(turn: Turn): number {
  let count = 0;
  for (const { session } of turn.members.values()) {
    if (session.state === "inviting" || session.state === "offered") count += 1;
  }
  return count;
}

/** When what waits for a receiver may go to it; undefined while nothing does. A withdrawal goes before all else. */
export function flushDueMs({ withdrawals, pending, withdrawAtMs = 0, announceAtMs = 0 }: Invite): number | undefined {
  if (withdrawals.length > 0) return withdrawAtMs;
  return pending.size > 0 ? announceAtMs : undefined;
}

function flushResumes(turn: Turn, endpoint: string, invite: Invite): void {
  if (invite.resumes.every(({ atMs }) => atMs > turn.now)) return;
  const due = invite.resumes.filter(({ atMs }) => atMs <= turn.now);
  const names = due.flatMap((resume) => resume.names).filter((name) => invite.told.has(name));
  turn.changeInvite(endpoint, { resumes: invite.resumes.filter(({ atMs }) => atMs > turn.now) });
  const { bridge, instance, jingleSession } = invite;
  if (names.length > 0) turn.do({ type: "resume-sources", bridge, instance, endpoint, jingleSession, names });
}

/** The receiver has answered: its media may flow, after a margin where the answer came before the deed. */
export function noteAnnounced(turn: Turn, endpoint: string, jingleSession: string, names: readonly string[]): void {
  const invite = currentInvite(turn, endpoint, jingleSession);
  const member = turn.member(endpoint);
  if (!invite || !member) return;
  const atMs = turn.now + resumeMarginMs(turn, member);
  turn.changeInvite(endpoint, { isBusy: false, resumes: [...invite.resumes, { names, atMs }] });
}

function resumeMarginMs(turn: Turn, member: Member): number {
  return member.features.includes(acknowledgesApplied) ? 0 : turn.rules.resumeMarginMs;
}

export function noteAnswered(turn: Turn, endpoint: string, jingleSession: string): void {
  if (currentInvite(turn, endpoint, jingleSession)) turn.changeInvite(endpoint, { isBusy: false });
}

/** The invite that a message is about; undefined where it is about one that is gone. */
export function currentInvite(turn: Turn, endpoint: string, jingleSession: string): Invite | undefined {
  const invite = turn.member(endpoint)?.session.invite;
  return invite?.jingleSession === jingleSession ? invite : undefined;
}

function changeOwn(turn: Turn, endpoint: string, change: (invite: Invite) => Partial<Invite>): void {
  const invite = turn.member(endpoint)?.session.invite;
  if (invite) turn.changeInvite(endpoint, change(invite));
}

function without<V>(map: ReadonlyMap<string, V>, keys: readonly string[]): ReadonlyMap<string, V> {
  if (keys.length === 0) return map;
  const rest = new Map(map);
  for (const key of keys) rest.delete(key);
  return rest;
}

function merged<V>(a: ReadonlyMap<string, V>, b: ReadonlyMap<string, V>): ReadonlyMap<string, V> {
  return new Map([...a, ...b]);
}
