import assert from "node:assert/strict";
import { test } from "node:test";
import type { SourceState } from "../../protocol/conference/source-info.ts";
import { somebody } from "../call/fake-context.ts";
import { CallState } from "../call/state.ts";
import type { LocalMedia } from "../media/local-media.ts";
import { inOrder, isMeant, personOf } from "./people-list.ts";

const person = (id: string, name: string, more: object = {}) => ({
  id,
  name,
  isSelf: false,
  isModerator: false,
  handRaisedAt: 0,
  ...more,
});

test("hands come first in the order in which they went up, then we, moderators, and names", () => {
  const people = [
    person("d", "Яна"),
    person("c", "анна"),
    person("e", "Борис", { isModerator: true }),
    person("s", "Я", { isSelf: true }),
    person("b", "Вера", { handRaisedAt: 20 }),
    person("a", "Глеб", { handRaisedAt: 10 }),
  ];
  assert.deepEqual(inOrder(people, new Intl.Collator("ru").compare), ["a", "b", "s", "e", "c", "d"]);
});

test("people of one name keep their order", () => {
  const compare = new Intl.Collator("en").compare;
  assert.deepEqual(inOrder([person("b", "Ann"), person("a", "Ann")], compare), ["a", "b"]);
});

test("a name is found by any part of it, in any order, with or without the dots of ё", () => {
  for (const typed of ["", "сем", "Семёнов Пётр", "петр", " ЕНОВ "]) assert.ok(isMeant("Пётр Семёнов", typed), typed);
  assert.ok(!isMeant("Пётр Семёнов", "пётр иванов"));
});

test("a line says what the person sends", () => {
  const state = new CallState();
  const sources = new Map<string, SourceState>([
    ["ab-a0", { muted: true, videoType: "camera" }],
    ["ab-v0", { muted: false, videoType: "camera" }],
    ["ab-v1", { muted: false, videoType: "desktop" }],
  ]);
  state.setOccupant(somebody("ab", { name: "Ann", handRaisedAt: 5, sources }));
  assert.deepEqual(personOf(state, {} as LocalMedia, "ab"), {
    ...person("ab", "Ann", { handRaisedAt: 5 }),
    hasAudio: false,
    hasVideo: true,
    hasScreen: true,
    isPhone: false,
    callStatus: "",
  });
  assert.equal(personOf(state, {} as LocalMedia, "gone"), undefined);
});
