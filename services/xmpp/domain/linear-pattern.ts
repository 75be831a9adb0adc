/**
 * Regular expressions of strangers: matched in time linear in the text and the pattern, by walking all ways at once
 * (Thompson), so that no pattern can keep the process busy. What has no such walk (backreferences, looking around) and
 * what expands to too many states is no pattern here.
 */
export type LinearPattern = { readonly test: (text: string) => boolean };

type Matcher = (character: string) => boolean;
type State =
  | { readonly type: "character"; readonly matches: Matcher; next: number }
  | { readonly type: "fork"; next: number; other: number }
  | { readonly type: "start" | "end"; next: number }
  | { readonly type: "accept" };

/** A piece of pattern: where it begins, and what has to be told where to go on. */
type Piece = { readonly start: number; readonly exits: readonly ((target: number) => void)[] };
type Build = () => Piece;

const maxStates = 500;
const maxDepth = 16;

class Unusable extends Error {}

/** Finds the pattern anywhere in a text, unless `^` and `$` say where; case doesn't matter. Undefined where it can't be used. */
export function compilePattern(source: string, maxLength = 256): LinearPattern | undefined {
  if (source.length > maxLength) return undefined;
  try {
    const states = new Compiler(source).compile();
    return { test: (text) => run(states, [...text.toLowerCase()]) };
  } catch (error) {
    if (error instanceof Unusable) return undefined;
    throw error;
  }
}

function run(states: readonly State[], text: readonly string[]): boolean {
  let now = new Set<number>();
  for (let at = 0; at <= text.length; at++) {
    // The pattern may begin anywhere.
    follow(states, 0, at, text.length, now);
    for (const state of now) if (states[state]?.type === "accept") return true;
    const character = text[at];
    if (character === undefined) return false;
    const then = new Set<number>();
    for (const index of now) {
      const state = states[index];
      if (state?.type === "character" && state.matches(character))
        follow(states, state.next, at + 1, text.length, then);
    }
    now = then;
  }
  return false;
}

function follow(states: readonly State[], from: number, at: number, length: number, into: Set<number>): void {
  const todo = [from];
  for (let index = todo.pop(); index !== undefined; index = todo.pop()) {
    if (into.has(index)) continue;
    into.add(index);
    const state = states[index];
    if (state?.type === "fork") todo.push(state.next, state.other);
    else if (state?.type === "start" && at === 0) todo.push(state.next);
    else if (state?.type === "end" && at === length) todo.push(state.next);
  }
}

class Compiler {
  readonly #source: readonly string[];
  readonly #states: State[] = [];
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = [...source];
  }

  compile(): readonly State[] {
    // The first state is where a walk begins; it is told its way last.
    const entry: State = { type: "fork", next: 0, other: 0 };
    this.#add(entry);
    const piece = this.#alternatives()();
    if (this.#at < this.#source.length) throw new Unusable();
    entry.next = piece.start;
    entry.other = piece.start;
    const accept = this.#add({ type: "accept" });
    for (const exit of piece.exits) exit(accept);
    return this.#states;
  }

  #add(state: State): number {
    if (this.#states.length >= maxStates) throw new Unusable();
    return this.#states.push(state) - 1;
  }

  #alternatives(): Build {
    if (++this.#depth > maxDepth) throw new Unusable();
    const branches = [this.#sequence()];
    while (this.#peek() === "|") {
      this.#at++;
      branches.push(this.#sequence());
    }
    this.#depth--;
    return branches.reduce((left, right) => () => this.#either(left(), right()));
  }

  #sequence(): Build {
    const parts: Build[] = [];
    for (let next = this.#peek(); next !== undefined && next !== "|" && next !== ")"; next = this.#peek()) {
      parts.push(this.#quantified(this.#atom()));
    }
    return () => {
      let whole = this.#nothing();
      for (const part of parts) {
        const piece = part();
        for (const exit of whole.exits) exit(piece.start);
        whole = { start: whole.start, exits: piece.exits };
      }
      return whole;
    };
  }

  #atom(): Build {
    const character = this.#source[this.#at++] ?? "";
    switch (character) {
      case "(":
        return this.#group();
      case "[":
        return this.#character(this.#set());
      case ".":
        return this.#character(() => true);
      case "^":
        return () => this.#anchor("start");
      case "$":
        return () => this.#anchor("end");
      case "\\":
        return this.#character(escaped(this.#source[this.#at++]));
      case "*":
      case "+":
      case "?":
      case "{":
        throw new Unusable();
      default:
        return this.#character(only(character));
    }
  }

  #group(): Build {
    if (this.#peek() === "?") {
      this.#at++;
      if (this.#source[this.#at++] !== ":") throw new Unusable();
    }
    const inner = this.#alternatives();
    if (this.#source[this.#at++] !== ")") throw new Unusable();
    return inner;
  }

  #quantified(build: Build): Build {
    const quantifier = this.#peek();
    if (quantifier === "*" || quantifier === "+" || quantifier === "?") {
      this.#at++;
      this.#lazily();
      if (quantifier === "*") return () => this.#loop(build);
      if (quantifier === "?") return () => this.#either(build(), this.#nothing());
      return () => this.#inOrder(build(), this.#loop(build));
    }
    if (quantifier !== "{") return build;
    const [whole, least = "", comma, most = ""] =
      /^\{(\d{1,3})(,(\d{0,3}))?\}/.exec(this.#source.slice(this.#at, this.#at + 9).join("")) ?? [];
    if (whole === undefined) throw new Unusable();
    this.#at += whole.length;
    this.#lazily();
    const max = comma === undefined ? Number(least) : comma === "," ? undefined : Number(most);
    return () => this.#repeated(build, Number(least), max);
  }

  /** Which of several matches is found does not matter here. */
  #lazily(): void {
    const next = this.#peek();
    if (next === "?") this.#at++;
    else if (next === "*" || next === "+" || next === "{") throw new Unusable();
  }

  #repeated(build: Build, least: number, most: number | undefined): Piece {
    if (most !== undefined && most < least) throw new Unusable();
    let whole = this.#nothing();
    for (let count = 0; count < least; count++) whole = this.#inOrder(whole, build());
    if (most === undefined) return this.#inOrder(whole, this.#loop(build));
    for (let count = least; count < most; count++) whole = this.#inOrder(whole, this.#either(build(), this.#nothing()));
    return whole;
  }

  #character(matches: Matcher): Build {
    return () => {
      const state: State = { type: "character", matches, next: 0 };
      return { start: this.#add(state), exits: [goOn(state)] };
    };
  }

  #anchor(type: "start" | "end"): Piece {
    const state: State = { type, next: 0 };
    return { start: this.#add(state), exits: [goOn(state)] };
  }

  #nothing(): Piece {
    const state: State = { type: "fork", next: 0, other: 0 };
    const go = (target: number) => {
      state.next = target;
      state.other = target;
    };
    return { start: this.#add(state), exits: [go] };
  }

  #inOrder(first: Piece, second: Piece): Piece {
    for (const exit of first.exits) exit(second.start);
    return { start: first.start, exits: second.exits };
  }

  #either(left: Piece, right: Piece): Piece {
    const start = this.#add({ type: "fork", next: left.start, other: right.start });
    return { start, exits: [...left.exits, ...right.exits] };
  }

  #loop(build: Build): Piece {
    const fork: State = { type: "fork", next: 0, other: 0 };
    const start = this.#add(fork);
    const body = build();
    fork.next = body.start;
    for (const exit of body.exits) exit(start);
    const leave = (target: number) => {
      fork.other = target;
    };
    return { start, exits: [leave] };
  }

  #set(): Matcher {
    const isNegated = this.#peek() === "^";
    if (isNegated) this.#at++;
    const members: Matcher[] = [];
    for (let first = true; ; first = false) {
      const character = this.#source[this.#at++];
      if (character === undefined) throw new Unusable();
      if (character === "]" && !first) break;
      members.push(this.#member(character));
    }
    return (character) => members.some((matches) => matches(character)) !== isNegated;
  }

  #member(character: string): Matcher {
    if (character === "\\") return escaped(this.#source[this.#at++]);
    const to = this.#source[this.#at + 1];
    if (this.#peek() !== "-" || to === undefined || to === "]" || to === "\\") return only(character);
    this.#at += 2;
    const [low, high] = [codeOf(character), codeOf(to)];
    if (low > high) throw new Unusable();
    const isBetween = (one: string) => codeOf(one) >= low && codeOf(one) <= high;
    return (one) => isBetween(one) || isBetween(one.toUpperCase());
  }

  #peek(): string | undefined {
    return this.#source[this.#at];
  }
}

function goOn(state: { next: number }): (target: number) => void {
  return (target) => {
    state.next = target;
  };
}

const classes: Readonly<Record<string, RegExp>> = {
  d: /^\d$/,
  D: /^\D$/u,
  w: /^\w$/,
  W: /^\W$/u,
  s: /^\s$/,
  S: /^\S$/u,
};

function escaped(character: string | undefined): Matcher {
  if (character === undefined) throw new Unusable();
  const known = classes[character];
  if (known) return (one) => known.test(one);
  if (/[\p{L}\p{N}]/u.test(character)) throw new Unusable();
  return only(character);
}

function only(character: string): Matcher {
  const folded = character.toLowerCase();
  return (one) => one === folded;
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
