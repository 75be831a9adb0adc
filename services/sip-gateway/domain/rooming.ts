/** Into which room a call goes. */
import { type NumberRules, numberKey } from "./numbers.ts";

export type Caller = {
  /** User part of whom they dialled. */
  readonly dialled: string;
  /** By lower-case name; a header of an untrusted trunk never gets here. */
  readonly headers: ReadonlyMap<string, string>;
  readonly isTrusted: boolean;
};

export type RoomingRules = {
  /** In lower case. */
  readonly roomHeader: string;
  readonly passwordHeader: string;
  readonly tenantHeader: string;
  /** Room by `numberKey` of the number that belongs to it. */
  readonly rooms: ReadonlyMap<string, string>;
  /** `numberKey`s of the numbers at which callers are asked for a code. */
  readonly dialIn: ReadonlySet<string>;
  readonly asksForCode: boolean;
  /** "": none. */
  readonly defaultRoom: string;
  readonly numbers: NumberRules;
};

export type Rooming =
  | {
      readonly type: "room";
      readonly address: string;
      readonly tenant: string;
      readonly password: string;
      readonly by: "header" | "number" | "default";
    }
  | { readonly type: "code" }
  | { readonly type: "refused"; readonly status: number; readonly reason: string };

/**
 * Jigasi's order, with numbers and codes between: a header of a trusted trunk, the table of numbers, a code by keys, the
 * default room, 486. With a default room only who dials a number of those for dialling in is asked for a code.
 */
export function chooseRoom(caller: Caller, rules: RoomingRules): Rooming {
  const named = caller.isTrusted ? (caller.headers.get(rules.roomHeader) ?? "").trim() : "";
  if (named !== "") {
    const tenant = (caller.headers.get(rules.tenantHeader) ?? "").trim();
    const password = caller.headers.get(rules.passwordHeader) ?? "";
    return { type: "room", address: named, tenant, password, by: "header" };
  }
  const key = numberKey(caller.dialled, rules.numbers);
  const byNumber = rules.rooms.get(key);
  if (byNumber !== undefined) return room(byNumber, "number");
  if (rules.asksForCode && (rules.defaultRoom === "" || rules.dialIn.has(key))) return { type: "code" };
  if (rules.defaultRoom !== "") return room(rules.defaultRoom, "default");
  return { type: "refused", status: 486, reason: "No JVB room name provided" };
}

function room(address: string, by: "number" | "default"): Rooming {
  return { type: "room", address, tenant: "", password: "", by };
}
