import { signal } from "@preact/signals-core";
import {
  type DialInNumber,
  dialElement,
  hangupElement,
  phoneNumber,
  readCall,
  readCallStatus,
  readConferenceCode,
  readDialInNumbers,
} from "../../protocol/conference/dial.ts";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import type { XmlElement } from "../../protocol/xml/element.ts";
import { NS } from "../../protocol/xmpp/namespaces.ts";
import { StanzaError } from "../../protocol/xmpp/stanza.ts";
import type { Activity, CallContext } from "../call/activity.ts";
import type { Permissions } from "../call/permissions.ts";
import { serviceUrl } from "../url.ts";

export type DialProblem = "noNumber" | "notAllowed" | "unavailable" | "failed";

export interface DialIn {
  readonly numbers: readonly DialInNumber[];
  /** To be typed after the number. */
  readonly code: string;
}

/** A telephone that is part of the meeting. */
export interface PhoneCall {
  readonly id: string;
  /** Name or number, as the gateway gives it. */
  readonly name: string;
  /** In the gateway's words. */
  readonly status: string;
}

const PATIENCE_MS = 10_000;

type Context = Pick<CallContext, "config" | "state" | "connection" | "room">;

/** Telephones: calling somebody into the meeting, and how to call in. */
export class Dial implements Activity {
  readonly calls = signal<readonly PhoneCall[]>([]);
  readonly dialIn = signal<DialIn | "asking" | "failed" | undefined>(undefined);
  readonly #context: Context;
  readonly #permissions: Permissions;
  /** Addresses of the calls we have begun, by number. */
  readonly #begun = new Map<string, string>();

  constructor(context: Context, permissions: Permissions) {
    this.#context = context;
    this.#permissions = permissions;
  }

  /** A gateway runs, and we may use it. Reads signals. */
  get mayCallOut(): boolean {
    return this.#context.state.hasSipGateway.value && this.#permissions.allow("outbound-call");
  }

  get mayCallIn(): boolean {
    const { dialInNumbersUrl, dialInConfCodeUrl } = this.#context.config;
    return dialInNumbersUrl !== undefined && dialInConfCodeUrl !== undefined;
  }

  async callOut(text: string): Promise<DialProblem | undefined> {
    const number = phoneNumber(text);
    if (number === undefined) return "noNumber";
    const { connection, room } = this.#context;
    const place = room();
    if (!place) return "failed";
    try {
      const answer = await connection.request("set", `${place.jid}/focus`, dialElement(number, place.jid));
      const call = readCall(answer);
      if (call) this.#begun.set(number, call);
      return undefined;
    } catch (error) {
      return problemOf(error);
    }
  }

  /** Calls we have begun can be ended by us. */
  mayEnd({ name }: PhoneCall): boolean {
    return this.#begun.has(phoneNumber(name) ?? "");
  }

  async end({ name }: PhoneCall): Promise<void> {
    const number = phoneNumber(name) ?? "";
    const address = this.#begun.get(number);
    if (!address) return;
    this.#begun.delete(number);
    await this.#context.connection.request("set", address, hangupElement()).catch(() => {});
  }

  /** Asked once, when somebody wants to know. */
  async learnDialIn(): Promise<void> {
    const { config, room } = this.#context;
    const place = room();
    if (!place || !this.mayCallIn || (this.dialIn.value !== undefined && this.dialIn.value !== "failed")) return;
    this.dialIn.value = "asking";
    const ask = async (url: string): Promise<unknown> => {
      const address = serviceUrl(url, location.href, { conference: place.jid }, "http");
      const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
      if (!response.ok) throw new Error(`http ${response.status}`);
      return response.json();
    };
    try {
      const [numbers, code] = await Promise.all([
        ask(config.dialInNumbersUrl ?? "").then(readDialInNumbers),
        ask(config.dialInConfCodeUrl ?? "").then(readConferenceCode),
      ]);
      this.dialIn.value = code && numbers.length > 0 ? { numbers, code } : "failed";
    } catch {
      this.dialIn.value = "failed";
    }
  }

  presence(stanza: XmlElement, { id, name, features }: Occupant): void {
    const others = this.calls.value.filter((each) => each.id !== id);
    const isCall = features.has(NS.jigasi) && stanza.attrs.type !== "unavailable";
    if (isCall) this.calls.value = [...others, { id, name, status: readCallStatus(stanza) }];
    else if (others.length < this.calls.value.length) this.calls.value = others;
  }

  left(): void {
    this.calls.value = [];
    this.dialIn.value = undefined;
  }
}

function problemOf(error: unknown): DialProblem {
  if (!(error instanceof StanzaError)) return "failed";
  if (["forbidden", "not-allowed"].includes(error.condition)) return "notAllowed";
  return ["service-unavailable", "feature-not-implemented"].includes(error.condition) ? "unavailable" : "failed";
}
