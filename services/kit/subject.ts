import type { EventContract, RequestContract, SubjectValues } from "@veche/proto/contract.ts";
import { VecheError } from "./errors.ts";

type Contract<S extends string> = Pick<EventContract<S> | RequestContract<S>, "subject">;

/** A token of a subject is at most this long once escaped. */
export const maxTokenBytes = 200;

const plain = /^[A-Za-z0-9_-]+$/;
const special = /[^A-Za-z0-9_-]/g;
const escaped = /==([0-9a-f]{4})|=([0-9a-f]{2})/g;

/**
 * Any text as one token of a subject or a key of a bucket. Letters, digits, '_' and '-' stay; another UTF-16 unit becomes
 * "=xx" or, from 0x100 on, "==xxxx"; the empty text is "=". Different texts give different tokens, and none holds a
 * character that NATS gives a meaning to.
 */
export function escapeToken(text: string): string {
  const token = plain.test(text) ? text : text === "" ? "=" : text.replace(special, escapeUnit);
  if (token.length > maxTokenBytes) {
    throw new VecheError(
      "invalid-argument",
      `a token of a subject is ≤ ${maxTokenBytes} bytes once escaped, found ${token.length}: "${text.slice(0, 40)}…"`,
    );
  }
  return token;
}

/** What `escapeToken` was given; undefined for what it never returns. */
export function unescapeToken(token: string): string | undefined {
  if (plain.test(token)) return token;
  if (token === "=") return "";
  const text = token.replace(escaped, (_, wide: string | undefined, narrow: string) =>
    String.fromCharCode(Number.parseInt(wide ?? narrow, 16)),
  );
  return text !== "" && text.replace(special, escapeUnit) === token ? text : undefined;
}

function escapeUnit(unit: string): string {
  const code = unit.charCodeAt(0);
  return code < 0x100 ? `=${code.toString(16).padStart(2, "0")}` : `==${code.toString(16).padStart(4, "0")}`;
}

/** The subject of one message. */
export function subjectOf<S extends string>(contract: Contract<S>, values: SubjectValues<S>): string {
  const given = values as Readonly<Record<string, string>>;
  return tokensOf(contract.subject)
    .map((token) => (typeof token === "string" ? token : escapeToken(required(contract.subject, token.name, given))))
    .join(".");
}

/** A filter for subscribing or replaying: what is left out matches anything. */
export function filterOf<S extends string>(contract: Contract<S>, values: Partial<SubjectValues<S>> = {}): string {
  const given = values as Readonly<Record<string, string | undefined>>;
  return tokensOf(contract.subject)
    .map((token) => {
      if (typeof token === "string") return token;
      const value = given[token.name];
      return value === undefined ? "*" : escapeToken(value);
    })
    .join(".");
}

/** The values in a subject; undefined where it is not one of this contract. */
export function parseSubject<S extends string>(contract: Contract<S>, subject: string): SubjectValues<S> | undefined {
  const expected = tokensOf(contract.subject);
  const found = subject.split(".");
  if (found.length !== expected.length) return undefined;
  const values: Record<string, string> = {};
  for (const [index, token] of expected.entries()) {
    const text = found[index] as string;
    if (typeof token === "string") {
      if (token !== text) return undefined;
      continue;
    }
    const value = unescapeToken(text);
    if (value === undefined) return undefined;
    values[token.name] = value;
  }
  return values as SubjectValues<S>;
}

/** NATS's own rule for '*' and '>'. */
export function matchesFilter(filter: string, subject: string): boolean {
  const wanted = filter.split(".");
  const found = subject.split(".");
  for (const [index, token] of wanted.entries()) {
    if (token === ">") return found.length > index;
    if (index >= found.length || (token !== "*" && token !== found[index])) return false;
  }
  return wanted.length === found.length;
}

/** Filters that others of them take in are left out. */
export function withoutCovered(filters: readonly string[]): string[] {
  const distinct = [...new Set(filters)];
  return distinct.filter((filter) => !distinct.some((other) => other !== filter && covers(other, filter)));
}

/** Whether everything that `filter` lets through passes `wide` too. */
function covers(wide: string, filter: string): boolean {
  const found = filter.split(".");
  for (const [index, token] of wide.split(".").entries()) {
    if (token === ">") return found.length > index;
    if (found[index] === undefined || found[index] === ">" || (token !== "*" && token !== found[index])) return false;
  }
  return wide.split(".").length === found.length;
}

/** One filter that lets through what any of them does, and as little else as may be. */
export function commonFilter(filters: readonly string[]): string {
  const all = filters.map((filter) => filter.split("."));
  const shortest = Math.min(...all.map((tokens) => tokens.length));
  const common: string[] = [];
  for (let index = 0; index < shortest; index += 1) {
    const tokens = new Set(all.map((each) => each[index]));
    const [token = ">"] = tokens;
    if (tokens.has(">")) return [...common, ">"].join(".");
    common.push(tokens.size === 1 ? token : "*");
  }
  const isOneLength = all.every((tokens) => tokens.length === shortest);
  return isOneLength ? common.join(".") : [...common.slice(0, -1), ">"].join(".");
}

type PatternToken = string | { readonly name: string };

const patterns = new Map<string, readonly PatternToken[]>();

function tokensOf(pattern: string): readonly PatternToken[] {
  const known = patterns.get(pattern);
  if (known) return known;
  const tokens = pattern.split(".").map((token) => {
    const name = /^\{(.+)\}$/.exec(token)?.[1];
    return name === undefined ? token : { name };
  });
  patterns.set(pattern, tokens);
  return tokens;
}

function required(pattern: string, name: string, values: Readonly<Record<string, string>>): string {
  const value = values[name];
  if (typeof value === "string") return value;
  throw new VecheError("invalid-argument", `subject ${pattern}: a text for {${name}} is wanted, found ${value}`);
}
