import { useComputed } from "@preact/signals";
import { useRef } from "preact/hooks";
import { type Person, personOf } from "../../model/people/people-list.ts";
import { sameRecord } from "../../model/stage/steady.ts";
import { useApp } from "../parts/context.ts";

/** One person; whoever shows them is not drawn again for what happens to others. */
export function usePerson(id: string): Person | undefined {
  const { media, state } = useApp();
  const before = useRef<Person | undefined>(undefined);
  return useComputed(() => {
    const person = personOf(state, media, id);
    before.current = person && sameRecord(before.current, person);
    return before.current;
  }).value;
}
