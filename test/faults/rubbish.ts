/** Rubbish for an XML parser: what is right, damaged; and what was made to do damage. */
import fc from "fast-check";
import { share } from "./stanza-rubbish.ts";

const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join("");

const pieces: readonly string[] = [
  "<",
  ">",
  "/>",
  "</",
  "&",
  "&lt;",
  "&lol;",
  "&#0;",
  "&#xD800;",
  "&#x10FFFF;",
  "'",
  '"',
  "=",
  "]]>",
  "<![CDATA[",
  "<!--",
  "-->",
  "<?xml version='1.0'?>",
  "<?php ?>",
  "<!DOCTYPE a>",
  `<!DOCTYPE lolz [<!ENTITY l0 "lol">${laughs}]><message>&l9;</message>`,
  "\u0000",
  "\u0008",
  "\ufeff",
  "\uffff",
  "xmlns=''",
  " xmlns:x='urn:x'",
  "<x:y/>",
  "</stream:stream>",
  "<stream:stream>",
  " id='1' id='2'",
  " __proto__='x'",
  "-1",
  "99999999999999999999",
  " to=''",
  " to='@'",
  " to='a@b@c/d/e'",
  " type='terminate'",
  " rid='0'",
  " sid='x'",
  "a".repeat(3_000),
  "<a>".repeat(40),
  `<a ${Array.from({ length: 70 }, (_, i) => `a${i}=''`).join(" ")}/>`,
  "<a/>".repeat(2_100),
  "ü😀\u202e",
];

const piece = fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary", maxLength: 12 }));

type Damage = (text: string) => string;

const place = share;

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(place, piece).map(
    ([at, what]): Damage =>
      (text) =>
        insert(text, at, what),
  ),
  fc.tuple(place, place).map(
    ([a, b]): Damage =>
      (text) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)].map((at) => Math.floor(at * text.length));
        return text.slice(0, from) + text.slice(to);
      },
  ),
  place.map(
    (at): Damage =>
      (text) =>
        text.slice(0, Math.floor(at * text.length)),
  ),
  fc.tuple(place, fc.integer({ min: 2, max: 20 })).map(
    ([at, times]): Damage =>
      (text) => {
        const from = Math.floor(at * text.length);
        return text + text.slice(from, from + 200).repeat(times);
      },
  ),
);

function insert(text: string, at: number, what: string): string {
  const index = Math.floor(at * text.length);
  return text.slice(0, index) + what + text.slice(index);
}

/** Bytes a client sends: mostly one of `right`, damaged in up to four places, sometimes with no sense at all. */
export function rubbish(right: readonly string[]): fc.Arbitrary<Buffer> {
  const damaged = fc
    .tuple(fc.constantFrom(...right), fc.array(damage, { minLength: 1, maxLength: 4 }))
    .map(([text, damages]) => Buffer.from(damages.reduce((now, change) => change(now), text)));
  const brokenBytes = fc
    .tuple(damaged, place, fc.uint8Array({ minLength: 1, maxLength: 8 }))
    .map(([bytes, at, noise]) => {
      const index = Math.floor(at * bytes.length);
      return Buffer.concat([bytes.subarray(0, index), noise, bytes.subarray(index)]);
    });
  const noise = fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  const text = fc.array(piece, { minLength: 1, maxLength: 8 }).map((parts) => Buffer.from(parts.join("")));
  return fc.oneof({ weight: 6, arbitrary: damaged }, { weight: 2, arbitrary: brokenBytes }, noise, text);
}

export function some(right: readonly string[], count: number, seed: number): readonly Buffer[] {
  return fc.sample(rubbish(right), { numRuns: count, seed });
}
