import assert from "node:assert/strict";
import { test } from "node:test";
import { wayOn } from "./way-on.ts";

const usual = { defaultLanguage: "ru", homeUrl: "/", welcomePage: true };
const at = (query: string) => new URL(`https://meet.example/${query}`);

test("an address without a room shows the page where rooms are named", () => {
  assert.equal(wayOn(usual, at("?lang=ru")), undefined);
});

test("where there is no such page it leads into a room of its own, with everything that was asked for", async () => {
  const rooms = await Promise.all(
    [1, 2].map(async () => (await wayOn({ ...usual, welcomePage: false }, at("?jwt=x"))) ?? ""),
  );
  for (const room of rooms) assert.match(decodeURI(room), /^\/[А-ЯЁа-яё]{20,}\?jwt=x$/);
  assert.notEqual(rooms[0], rooms[1]);
});

test("an operator's own start page takes its place, a shared link goes before both", () => {
  const own = { ...usual, homeUrl: "https://school.example/rooms" };
  assert.equal(wayOn(own, at("")), "https://school.example/rooms");
  assert.equal(wayOn({ ...usual, homeUrl: "https://meet.example/" }, at("")), undefined);
  assert.equal(wayOn(own, at("?text=https%3A%2F%2Fmeet.example%2F5a")), "/5a");
});
