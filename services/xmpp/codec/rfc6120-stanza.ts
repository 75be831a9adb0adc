/** RFC 6120 section 8, https://www.rfc-editor.org/rfc/rfc6120: stanzas and their errors. */

import { errorTable, type VecheError } from "@veche/kit/errors.ts";
import { cut } from "./cut.ts";
import { ns } from "./namespaces.ts";
import { type Child, type Element, el, elementsOf } from "./xml/element.ts";
import { escapeAttribute, serialise, serialiseChildren } from "./xml/serialise.ts";

export type StanzaName = "iq" | "message" | "presence";

export function isStanza(element: Element): boolean {
  if (element.name !== "iq" && element.name !== "message" && element.name !== "presence") return false;
  const namespace = element.attrs.xmlns;
  return namespace === undefined || namespace === "" || namespace === ns.client;
}

/** A receiver's address as it stands in XML, encoded once for all that is sent there. */
export class Address {
  readonly text: string;
  readonly bytes: Buffer;

  constructor(jid: string) {
    this.text = escapeAttribute(jid);
    this.bytes = Buffer.from(this.text);
  }
}

/** A stanza written and encoded once for any number of receivers: only the address differs. */
export class Outgoing {
  readonly head: string;
  readonly tail: string;
  #headBytes: Buffer | undefined;
  #tailBytes: Buffer | undefined;

  constructor(head: string, tail: string) {
    this.head = head;
    this.tail = tail;
  }

  /** An answer to what its receiver asked: nobody else gets it, and somebody waits for it. */
  get isAnswer(): boolean {
    return this.head === heads.iq;
  }

  /** In characters, without the address. */
  get length(): number {
    return this.head.length + this.tail.length;
  }

  to(address: Address): string {
    return this.head + address.text + this.tail;
  }

  bytesFor(address: Address): number {
    this.#headBytes ??= headBytes.get(this.head) ?? Buffer.from(this.head);
    this.#tailBytes ??= Buffer.from(this.tail);
    return this.#headBytes.length + address.bytes.length + this.#tailBytes.length;
  }

  /** Returns where it ends. There have to be as many bytes as `bytesFor` says. */
  copyTo(target: Buffer, offset: number, address: Address): number {
    const [head, tail] = [this.#headBytes, this.#tailBytes];
    if (!head || !tail) return offset + target.write(this.to(address), offset);
    target.set(head, offset);
    target.set(address.bytes, offset + head.length);
    const tailStart = offset + head.length + address.bytes.length;
    target.set(tail, tailStart);
    return tailStart + tail.length;
  }
}

const heads: Readonly<Record<StanzaName, string>> = {
  iq: `<iq xmlns="${ns.client}" to="`,
  message: `<message xmlns="${ns.client}" to="`,
  presence: `<presence xmlns="${ns.client}" to="`,
};
const headBytes: ReadonlyMap<string, Buffer> = new Map(Object.values(heads).map((head) => [head, Buffer.from(head)]));

/** `attributes` without `to`; `content` is XML. */
export function write(
  name: StanzaName,
  attributes: Readonly<Record<string, string | undefined>>,
  content: string,
): Outgoing {
  let tail = '"';
  for (const key in attributes) {
    const value = attributes[key];
    if (value !== undefined) tail += ` ${key}="${escapeAttribute(value)}"`;
  }
  tail += content === "" ? "/>" : `>${content}</${name}>`;
  return new Outgoing(heads[name], tail);
}

/** A stanza that came in, sent on: its attributes but the addresses, and its children unchanged. */
export function relay(element: Element, from: string): Outgoing {
  const { xmlns: _namespace, to: _to, from: _from, ...rest } = element.attrs;
  return write(element.name as StanzaName, { from, ...rest }, serialiseChildren(element));
}

export type StanzaErrorType = "auth" | "cancel" | "continue" | "modify" | "wait";

export type StanzaError = {
  readonly type: StanzaErrorType;
  readonly condition: string;
  readonly text?: string;
  /** Application-specific children. */
  readonly details?: readonly Element[];
};

export function stanzaError(
  type: StanzaErrorType,
  condition: string,
  text?: string,
  details?: readonly Element[],
): StanzaError {
  return { type, condition, ...(text === undefined ? {} : { text }), ...(details ? { details } : {}) };
}

export const serviceUnavailable = stanzaError("cancel", "service-unavailable");

export function badRequest(text: string): StanzaError {
  return stanzaError("modify", "bad-request", text);
}

export function errorOf(error: VecheError, details?: readonly Element[]): StanzaError {
  const { type, condition } = errorTable[error.code].xmpp;
  return stanzaError(type, condition, error.message, details);
}

export function errorElement(error: StanzaError): Element {
  const text: Child = error.text === undefined ? undefined : el("text", { xmlns: ns.stanzas }, error.text);
  return el("error", { type: error.type }, el(error.condition, { xmlns: ns.stanzas }), text, error.details);
}

/** The error answer to a stanza; undefined where RFC 6120 forbids one (an answer to an answer). */
export function errorReply(stanza: Element, from: string | undefined, error: StanzaError): Outgoing | undefined {
  const { type, id } = stanza.attrs;
  if (type === "error" || (stanza.name === "iq" && type === "result")) return undefined;
  return write(stanza.name as StanzaName, { type: "error", id, from }, serialise(errorElement(error)));
}

export function iqResult(stanza: Element, from: string | undefined, payload?: Element): Outgoing {
  return write("iq", { type: "result", id: stanza.attrs.id, from }, payload ? serialise(payload) : "");
}

/** What an IQ of type error says: its condition and text. */
export function readError(iq: Element): { readonly condition: string; readonly text: string } {
  const error = elementsOf(iq).find((child) => child.name === "error");
  const parts = error ? elementsOf(error) : [];
  const condition = parts.find((child) => child.name !== "text" && child.getNS() === ns.stanzas);
  const text = parts.find((child) => child.name === "text");
  return { condition: condition?.name ?? "undefined-condition", text: cut(text?.getText(), 500) };
}

/** What a handler of an IQ says. */
export type Answer =
  | { readonly ok: true; readonly payload?: Element }
  | { readonly ok: false; readonly error: StanzaError };

export const done: Answer = { ok: true };

export function answer(payload: Element): Answer {
  return { ok: true, payload };
}

export function refuse(error: StanzaError): Answer {
  return { ok: false, error };
}
