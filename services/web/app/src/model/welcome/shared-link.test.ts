import assert from "node:assert/strict";
import { test } from "node:test";
import { sharedRoom } from "./shared-link.ts";

const shared = (query: string) => sharedRoom(new URLSearchParams(query), "https://meet.example");

test("a link to a room of this server that was shared opens that room", () => {
  assert.equal(shared("url=https%3A%2F%2Fmeet.example%2F5a%3Fjwt%3Dx"), "/5a?jwt=x");
  assert.equal(shared(`text=${encodeURIComponent("Урок: https://meet.example/5%D0%90 в 9:00")}`), "/5%D0%90");
});

test("anything else that was shared leads nowhere", () => {
  for (const query of ["", "text=hello", "url=https%3A%2F%2Fevil.example%2F5a", "url=https%3A%2F%2Fmeet.example%2F"])
    assert.equal(shared(query), undefined, query);
  assert.equal(shared("url=javascript%3Aalert(1)"), undefined);
});
