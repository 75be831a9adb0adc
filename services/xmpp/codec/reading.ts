import { cut } from "./cut.ts";
import { badRequest, type StanzaError } from "./rfc6120-stanza.ts";
import type { Element } from "./xml/element.ts";

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: StanzaError };

class Unreadable extends Error {}

/** Runs a reader that may stop anywhere with `unreadable`; what comes out is a value or a bad-request. */
export function reading<T>(read: () => T): Read<T> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, error: badRequest(error.message) };
    throw error;
  }
}

/** Stops the reader: what was wanted and what was found. */
export function unreadable(text: string): never {
  throw new Unreadable(cut(text, 300));
}

export function requiredText(element: Element, attribute: string, maxLength: number): string {
  const value = element.attrs[attribute];
  if (value === undefined || value === "") unreadable(`<${element.name}> needs ${attribute}`);
  return bounded(value, `${attribute} of <${element.name}>`, maxLength);
}

export function optionalText(element: Element, attribute: string, maxLength: number): string {
  return bounded(element.attrs[attribute] ?? "", `${attribute} of <${element.name}>`, maxLength);
}

export function bounded(value: string, what: string, maxLength: number): string {
  if (value.length > maxLength) unreadable(`${what} has at most ${maxLength} characters, found ${value.length}`);
  return value;
}

export function requiredInteger(element: Element, attribute: string, min: number, max: number): number {
  return integerOf(element.attrs[attribute], `${attribute} of <${element.name}>`, min, max);
}

export function optionalInteger(element: Element, attribute: string, min: number, max: number, absent: number): number {
  const value = element.attrs[attribute];
  return value === undefined ? absent : integerOf(value, `${attribute} of <${element.name}>`, min, max);
}

function integerOf(value: string | undefined, what: string, min: number, max: number): number {
  const number = value !== undefined && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  return unreadable(`${what} is a whole number from ${min} to ${max}, found "${(value ?? "").slice(0, 40)}"`);
}

export function atMost<T>(list: readonly T[], max: number, what: string): readonly T[] {
  if (list.length > max) unreadable(`at most ${max} ${what}, found ${list.length}`);
  return list;
}
