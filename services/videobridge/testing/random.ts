/** Random, and the same at each run: a failure can be had again by its seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** mulberry32: 0 up to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }
}

const oddities: readonly unknown[] = [
  null,
  undefined,
  "",
  0,
  -1,
  1.5,
  2 ** 32,
  2 ** 53,
  Number.MAX_VALUE,
  true,
  [],
  {},
  "x".repeat(300),
  "__proto__",
  "constructor",
  "\u0000",
  "\ud800",
  [null],
  [[[[]]]],
  { maxHeight: "720" },
];

/** Changes a value of JSON here and there: another type, a missing field, one that is not known. */
export function mutate(value: unknown, random: Random, depth = 0): unknown {
  if (random.chance(0.08 + depth * 0.03)) return random.pick(oddities);
  if (Array.isArray(value)) {
    const items = value.map((item) => mutate(item, random, depth + 1));
    if (random.chance(0.1)) items.push(random.pick(oddities));
    return random.chance(0.05) ? [] : items;
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).flatMap(([key, item]) => {
      if (random.chance(0.05)) return [];
      return [[random.chance(0.03) ? `${key}x` : key, mutate(item, random, depth + 1)]];
    });
    if (random.chance(0.05))
      entries.push([random.pick(["__proto__", "constructor", "toString", "x"]), random.pick(oddities)]);
    return Object.fromEntries(entries);
  }
  return value;
}

const numbers: readonly number[] = [0, 1, 2, 7, 127, 128, 1001, 65_536, 2 ** 31, 2 ** 32 - 1];
const texts: readonly string[] = [
  "",
  "a",
  "constructor",
  "\u0000",
  "aaaa1111-v0",
  "rtx",
  "x".repeat(300),
  "SIM",
  "sha-256",
];

/** Changes one thing in a message without changing its type: it still passes as a message. */
export function spoil(value: unknown, random: Random): unknown {
  if (typeof value === "number") return random.pick(numbers);
  if (typeof value === "string") return random.pick(texts);
  if (Array.isArray(value)) return spoilList(value, random);
  if (typeof value !== "object" || value === null) return value;
  const keys = Object.keys(value).filter((key) => !key.startsWith("$"));
  if (keys.length === 0) return value;
  const key = random.pick(keys);
  const { [key]: item, ...rest } = value as Record<string, unknown>;
  return random.chance(0.05) ? rest : { ...rest, [key]: spoil(item, random) };
}

function spoilList(list: readonly unknown[], random: Random): unknown[] {
  if (list.length === 0) return [];
  const at = random.below(list.length);
  if (random.chance(0.1)) return [];
  if (random.chance(0.1)) return list.toSpliced(at, 1);
  if (random.chance(0.1)) return [...list, list[at]];
  return list.with(at, spoil(list[at], random));
}
