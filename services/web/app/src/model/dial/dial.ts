import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import { dialElement, dialTarget, hangupElement, readCall, readDialOut } from "../../protocol/conference/dial.ts";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import { isAnswered, type PhoneState, phoneStateOf, readCallStatus } from "../../protocol/conference/telephone.ts";
import { childNamed, childrenNamed, type XmlElement } from "../../protocol/xml/element.ts";
import { NS } from "../../protocol/xmpp/namespaces.ts";
import { bareOf, resourceOf } from "../../protocol/xmpp/stanza.ts";
import type { Activity, CallContext } from "../call/activity.ts";
import type { Permissions } from "../call/permissions.ts";
import { type DialProblem, problemOf } from "./problem.ts";

/** A telephone that is part of the meeting. */
export interface PhoneCall {
  readonly id: string;
  /** Name or number, as the gateway gives it. */
  readonly name: string;
  /** In the gateway's words. */
  readonly status: string;
  /** Begun by us, so that we may end it. */
  readonly isOurs: boolean;
}

interface Progress {
  readonly wasAnswered: boolean;
  /** What was said of it last. */
  readonly state: PhoneState | undefined;
}

/** A call that the focus has begun for us, by the address that ends it. */
interface Begun {
  /** Number or SIP address. */
  readonly target: string;
  readonly address: string;
}

type Context = Pick<CallContext, "state" | "connection" | "room" | "password" | "moderation">;

/** Telephones that are called into the meeting: who may, how far each call is, and its end. */
export class Dial implements Activity {
  readonly calls: ReadonlySignal<readonly PhoneCall[]>;
  readonly #context: Context;
  readonly #permissions: Permissions;
  readonly #isSealed: () => boolean;
  /** Whether a gateway runs, where the focus tells it while we are here. */
  readonly #isThere = signal<boolean | undefined>(undefined);
  readonly #begun = signal<readonly Begun[]>([]);
  /** How far the calls in the room have come. */
  readonly #progress = new Map<string, Progress>();

  constructor(context: Context, permissions: Permissions, isSealed: () => boolean) {
    this.#context = context;
    this.#permissions = permissions;
    this.#isSealed = isSealed;
    this.calls = computed(() =>
      [...context.state.occupants.value.values()]
        .filter(({ isPhone }) => isPhone)
        .map((phone) => ({
          id: phone.id,
          name: phone.name,
          status: phone.callStatus,
          isOurs: this.#begunAs(phone) !== undefined,
        })),
    );
  }

  /** A gateway runs that calls out, and we may use it. Reads signals. */
  get isOffered(): boolean {
    const isThere = this.#isThere.value ?? this.#context.state.hasSipGateway.value;
    return isThere && this.#permissions.allow("outbound-call");
  }

  /** No telephone could open what is encrypted from end to end. Reads signals. */
  get isSealed(): boolean {
    return this.#isSealed();
  }

  async callOut(text: string): Promise<DialProblem | undefined> {
    const target = dialTarget(text);
    if (target === undefined) return "noNumber";
    if (this.isSealed) return "encrypted";
    const { connection, room, password, state } = this.#context;
    const place = room();
    if (!place) return "failed";
    const secret = state.roomInfo.value.hasPassword ? password() : undefined;
    try {
      const answer = await connection.request("set", `${place.jid}/focus`, dialElement(target, place.jid, secret));
      const address = readCall(answer);
      if (address) this.#begins({ target, address });
      return undefined;
    } catch (error) {
      const problem = problemOf(error);
      return problem === "forbiddenNumber" && !this.isOffered ? "notAllowed" : problem;
    }
  }

  /** One of ours is ended by its address; a moderator ends any by removing it. */
  async end({ id, name }: Pick<PhoneCall, "id" | "name">): Promise<void> {
    const begun = this.#begunAs({ id, name });
    const { connection, moderation, state } = this.#context;
    if (!begun) return moderation.kick(id);
    this.#forget(begun);
    try {
      await connection.request("set", begun.address, hangupElement());
    } catch {
      if (state.occupants.value.has(id)) moderation.kick(id);
    }
  }

  presence(stanza: XmlElement, occupant: Occupant): void {
    const isGone = stanza.attrs.type === "unavailable";
    if (occupant.isFocus && !isGone) this.#isThere.value = readDialOut(stanza);
    if (isGone) this.#ended(stanza, occupant.id);
    else if (occupant.isPhone) this.#goesOn(occupant);
  }

  left(): void {
    this.#isThere.value = undefined;
    this.#progress.clear();
  }

  #begins(begun: Begun): void {
    this.#begun.value = [...this.#begun.value, begun];
    setTimeout(() => this.#seek(begun), ARRIVAL_MS);
  }

  /** A call that has not come into the room by now, nor knocks at it, had no way in: a password that nobody told it. */
  #seek(begun: Begun): void {
    const { roomJid, knockers } = this.#context.state;
    const id = resourceOf(begun.address);
    const isHereOrOver = this.#progress.has(id) || !this.#begun.value.includes(begun);
    if (bareOf(begun.address) !== roomJid.value || isHereOrOver || knockers.value.some((each) => each.id === id))
      return;
    this.#tell(begun, "failed");
  }

  #goesOn({ id, callStatus }: Occupant): void {
    const wasAnswered = this.#progress.get(id)?.wasAnswered || isAnswered(callStatus);
    this.#progress.set(id, { wasAnswered, state: phoneStateOf(callStatus) });
  }

  /** Who has called somebody in vain is told why. */
  #ended(stanza: XmlElement, id: string): void {
    const progress = this.#progress.get(id);
    this.#progress.delete(id);
    const begun = this.#begunAs({ id, name: this.#context.state.occupants.value.get(id)?.name ?? "" });
    if (!begun) return;
    this.#forget(begun);
    if (progress?.wasAnswered || wasRemoved(stanza)) return;
    this.#tell(begun, endingOf(phoneStateOf(readCallStatus(stanza)) ?? progress?.state));
  }

  #tell({ target }: Begun, ending: Ending): void {
    const values = { number: target };
    this.#context.state.notices.show(`dialOut.ended.${ending}`, { values, kind: "warning", forMs: ENDING_MS });
  }

  /** Our gateways give a call's address as its place in the room; Jigasi's own addresses are told apart by number. */
  #begunAs({ id, name }: Pick<PhoneCall, "id" | "name">): Begun | undefined {
    const room = this.#context.state.roomJid.value;
    const target = dialTarget(name);
    return this.#begun.value.find((each) =>
      bareOf(each.address) === room ? resourceOf(each.address) === id : each.target === target,
    );
  }

  #forget(begun: Begun): void {
    this.#begun.value = this.#begun.value.filter((each) => each !== begun);
  }
}

type Ending = "busy" | "rejected" | "noAnswer" | "failed";

/** Within this a call that was begun is in the room, ringing or not. */
const ARRIVAL_MS = 20_000;
/** Time to look up from something else. */
const ENDING_MS = 10_000;

function endingOf(state: PhoneState | undefined): Ending {
  switch (state) {
    case "busy":
    case "rejected":
    case "failed":
      return state;
    case "ringing":
    case "noAnswer":
      return "noAnswer";
    default:
      return "failed";
  }
}

const REMOVED = "307";

function wasRemoved(stanza: XmlElement): boolean {
  const codes = childrenNamed(childNamed(stanza, "x", NS.mucUser), "status").map(({ attrs }) => attrs.code);
  return codes.includes(REMOVED);
}
