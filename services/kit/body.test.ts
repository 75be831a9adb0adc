import assert from "node:assert/strict";
import { test } from "node:test";
import { StringValueSchema } from "@bufbuild/protobuf/wkt";
import { ServiceUpSchema } from "@veche/proto/gen/veche/service/v1/service_pb.ts";
import { decodeAnswer, decodeBody, encodeAnswer, encodeBody } from "./body.ts";
import { VecheError } from "./errors.ts";

const hasCode = (code: string) => (error: unknown) => error instanceof VecheError && error.code === code;

test("a body is proto3 JSON; a fact says its zero values too", () => {
  assert.equal(encodeBody(ServiceUpSchema, { role: "focus" }), '{"role":"focus"}');
  const fact = JSON.parse(encodeBody(ServiceUpSchema, { role: "focus" }, true)) as object;
  assert.deepEqual(fact, { role: "focus", instance: "", time: "", version: "", hostId: "" });
});

test("who says what can't be read by others hears of it", () => {
  assert.throws(() => encodeBody(StringValueSchema, { value: "half \ud83d" }), hasCode("invalid-argument"));
  assert.equal(encodeBody(StringValueSchema, { value: "C:\\udir" }), '"C:\\\\udir"');
});

test("what can't be read names the message that was expected", () => {
  assert.throws(() => decodeBody(ServiceUpSchema, '{"role":5}'), /not a veche\.service\.v1\.ServiceUp: /);
  assert.throws(() => decodeBody(ServiceUpSchema, "{"), hasCode("invalid-argument"));
});

test("an answer that can't be written or read is no fault of the asker", () => {
  assert.throws(() => encodeAnswer(StringValueSchema, { value: "half \ud83d" }), hasCode("internal"));
  assert.throws(() => decodeAnswer(StringValueSchema, "{"), hasCode("internal"));
});
