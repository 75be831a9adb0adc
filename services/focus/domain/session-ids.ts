/** Ids are never used twice: the epoch grows with each owner of the room, the count with each invitation of one. */
export function sessionIds(epoch: number, count: number): { readonly jingle: string; readonly bridge: string } {
  const id = `${epoch.toString(36)}-${count.toString(36)}`;
  return { jingle: `j${id}`, bridge: `b${id}` };
}

/** Below 0: the Jingle session `a` was made before `b`. */
export function compareSessions(a: string, b: string): number {
  const [of, other] = [numbersOf(a), numbersOf(b)];
  return of.epoch - other.epoch || of.count - other.count;
}

function numbersOf(jingleSession: string): { readonly epoch: number; readonly count: number } {
  const [epoch = "", count = ""] = jingleSession.slice(1).split("-");
  return { epoch: Number.parseInt(epoch, 36) || 0, count: Number.parseInt(count, 36) || 0 };
}
