/** A role of this version and one of an earlier version understand each other: what earlier ones said is kept in versions/. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type DescMessage, fromJson, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { type KeptVersion, keptVersions, messagesIn, presentTable } from "./versions/contracts.ts";
import { presentRegistry } from "./versions/present.ts";
import { samplesOf } from "./versions/samples.ts";

const present = { table: presentTable(), registry: await presentRegistry() };
const kept = keptVersions();

test("earlier versions are kept", () => assert.notEqual(kept.length, 0));

for (const earlier of kept) {
  describe(`version ${earlier.version}`, () => {
    test("its subjects are there, with the same messages", () => assertGrown(earlier));

    test("what it says is understood, whole", () => {
      const samples = messagesIn(earlier.registry).flatMap((message) =>
        samplesOf(message).map((body) => ({ type: message.typeName, body })),
      );
      assert.ok(samples.length > 100, `expected many messages, found ${samples.length}`);
      for (const { type, body } of samples) assertWhole(read(presentMessage(type), body), body, type);
    });

    test("what it said in calls is understood, whole", { skip: earlier.said.length === 0 && "none was kept" }, () => {
      for (const { type, body } of earlier.said) assertWhole(read(presentMessage(type), body), body, type);
    });

    test("it understands what is said now, but for what it does not know", () => {
      for (const message of messagesIn(earlier.registry)) {
        const samples = samplesOf(presentMessage(message.typeName));
        for (const body of samples) assertPart(read(message, body), body, message.typeName);
      }
    });
  });
}

function presentMessage(type: string): DescMessage {
  const found = present.registry.getMessage(type);
  assert.ok(found, `${type}: expected the message, found none`);
  return found;
}

/** As the bus reads it, and then as it would be said again. */
function read(message: DescMessage, body: JsonObject): JsonValue {
  return toJson(message, fromJson(message, body, { ignoreUnknownFields: true }), { alwaysEmitImplicit: true });
}

/** Whatever `said` holds has arrived. */
function assertWhole(arrived: JsonValue | undefined, said: JsonValue, where: string): void {
  if (Array.isArray(said)) {
    assert.ok(Array.isArray(arrived) && arrived.length === said.length, `${where}: expected ${said.length} values`);
    for (const [index, value] of said.entries()) assertWhole(arrived[index], value, `${where}[${index}]`);
  } else if (isObject(said)) {
    assert.ok(isObject(arrived), `${where}: expected it to arrive`);
    for (const [name, value] of Object.entries(said)) assertWhole(arrived[name], value, `${where}.${name}`);
  } else assert.deepEqual(arrived, said, where);
}

/** Whatever has arrived was said, or is nothing: a value of an enumeration that is not known is none. */
function assertPart(arrived: JsonValue, said: JsonValue | undefined, where: string): void {
  if (Array.isArray(arrived)) {
    for (const [index, value] of arrived.entries())
      assertPart(value, Array.isArray(said) ? said[index] : undefined, `${where}[${index}]`);
  } else if (isObject(arrived)) {
    for (const [name, value] of Object.entries(arrived))
      assertPart(value, isObject(said) ? said[name] : undefined, `${where}.${name}`);
  } else if (!isNothing(arrived)) assert.deepEqual(arrived, said, where);
}

function isNothing(value: JsonValue): boolean {
  return value === "" || value === 0 || value === "0" || value === false || /_UNSPECIFIED$/.test(String(value));
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function assertGrown({ table }: KeptVersion): void {
  for (const [subject, messages] of Object.entries(table.subjects))
    assert.deepEqual(present.table.subjects[subject], messages, subject);
  for (const [name, subjects] of Object.entries(table.streams))
    for (const subject of subjects) assert.ok(present.table.streams[name]?.includes(subject), `${name}: ${subject}`);
  for (const name of Object.keys(table.buckets)) assert.ok(present.table.buckets[name], `bucket ${name}`);
}
