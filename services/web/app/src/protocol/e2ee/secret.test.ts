import assert from "node:assert/strict";
import { test } from "node:test";
import { type FrameKey, IvSource, openFrame, sealFrame } from "./frame.ts";
import { cleanSecret, keyFromSecret, MAX_SECRET_CHARACTERS, newSecret } from "./secret.ts";

const frame = new Uint8Array(100).buffer;
const opens = async (sealedWith: FrameKey, openedWith: FrameKey) =>
  (await openFrame(await sealFrame(frame, "audio", sealedWith, new IvSource().next()), "audio", (number) =>
    number === openedWith.number ? openedWith.key : undefined,
  )) !== undefined;

test("the same secret makes the same key, however it was typed; in another room it makes another", async () => {
  const ours = await keyFromSecret("Тайна класса 5А", "physics");
  assert.ok(await opens(ours, await keyFromSecret("  Тайна класса 5А ", "physics")));
  assert.ok(!(await opens(ours, await keyFromSecret("Тайна класса 5Б", "physics"))));
  assert.ok(!(await opens(ours, await keyFromSecret("Тайна класса 5А", "chemistry"))));
});

test("secrets that are made are long, readable and not the same", () => {
  const secrets = new Set(Array.from({ length: 200 }, newSecret));
  assert.equal(secrets.size, 200);
  for (const secret of secrets) assert.match(secret, /^[a-hjkmnp-z2-9]{5}(-[a-hjkmnp-z2-9]{1,5}){5}$/);
});

test("a secret is cut at its limit", () => {
  assert.equal(cleanSecret("x".repeat(500)).length, MAX_SECRET_CHARACTERS);
});
