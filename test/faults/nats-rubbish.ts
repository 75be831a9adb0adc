/** Messages for the roles that are wrong: of the right shape with any values, damaged, or none at all. */
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import type { EventContract, RequestContract } from "@veche/proto/contract.ts";
import { mutate, type Random } from "@veche/videobridge/testing/random.ts";

const deepest = 3;
const texts = ["", "a", "x", "aaaa1111", "aaaa1111-v0", "jvb-x", "jvb-y", "__proto__", "\u0000", "ü😀", "a.b.*.>", "9"];
const numbers = [0, 1, 2, 20, 100, 65_535, 2 ** 31 - 1];

/** JSON of a message as its schema has it. */
function anyMessage(schema: DescMessage, random: Random, depth = 0): object {
  const fields = schema.fields.filter(() => random.chance(0.85));
  return Object.fromEntries(fields.map((field) => [field.jsonName, anyField(field, random, depth)]));
}

function anyField(field: DescField, random: Random, depth: number): unknown {
  const one = () => anyValue(field, random, depth);
  if (field.fieldKind === "list") return Array.from({ length: random.below(4) }, one);
  if (field.fieldKind === "map")
    return Object.fromEntries(Array.from({ length: random.below(3) }, (_, i) => [`${i}`, one()]));
  return one();
}

function anyValue(field: DescField, random: Random, depth: number): unknown {
  if (field.message) return depth < deepest ? anyMessage(field.message, random, depth + 1) : {};
  if (field.enum) return random.pick(field.enum.values).number;
  const { scalar } = field;
  // Types 1 to 18 of descriptor.proto: 8 is bool, 9 string, 12 bytes.
  if (scalar === 8) return random.chance(0.5);
  if (scalar === 12) return "AAAA";
  if (scalar === 9) return random.chance(0.02) ? "x".repeat(5_000) : random.pick(texts);
  return random.pick(numbers);
}

/** A body for a subject, and how it goes over the wire. */
export function badBody(contract: EventContract | RequestContract, random: Random): Buffer {
  const message = anyMessage(contract.type === "event" ? contract.message : contract.request, random);
  if (random.chance(0.4)) return Buffer.from(JSON.stringify(message));
  if (random.chance(0.5)) return Buffer.from(JSON.stringify(mutate(message, random)) ?? "");
  if (random.chance(0.5)) {
    const text = JSON.stringify(message);
    return Buffer.from(text.slice(0, random.below(text.length)));
  }
  return random.pick<() => Buffer>([
    () => Buffer.from(Array.from({ length: random.below(300) }, () => random.below(256))),
    () => Buffer.alloc(0),
    () => Buffer.from("null"),
    () => Buffer.from("[".repeat(10_000)),
    () => Buffer.from(`${'{"conference":'.repeat(3_000)}1${"}".repeat(3_000)}`),
    () => Buffer.from(JSON.stringify({ ...message, unknown: "x".repeat(200_000) })),
    () => Buffer.from('{"epoch":"99999999999999999999999","conference":7}'),
  ])();
}

/** One subject of a contract. Of rooms and bridges that are there it names none: who has the right may change those. */
export function anySubject({ subject, type }: EventContract | RequestContract, random: Random): string {
  const values: Readonly<Record<string, () => string>> = {
    unit: () => "main",
    bridge: () => (type === "request" ? "jvb-1" : "jvb-x"),
    room: () => random.pick(["x", "aaaaaaaaaaaaaaaaaaaa", "7", "-", "_"]),
  };
  return subject.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name]?.() ?? "x");
}
