/** By what somebody who was banned is known again. */
export type Ban = { readonly machineUids: readonly string[]; readonly persons: readonly string[] };

/** "" stands for what is not known, and matches nothing. */
export type Newcomer = { readonly machineUid: string; readonly person: string };

export function isBanned(bans: Iterable<Ban>, { machineUid, person }: Newcomer): boolean {
  for (const { machineUids, persons } of bans) {
    if (machineUid !== "" && machineUids.includes(machineUid)) return true;
    if (person !== "" && persons.includes(person)) return true;
  }
  return false;
}
