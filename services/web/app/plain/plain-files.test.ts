import assert from "node:assert/strict";
import { test } from "node:test";
import { Script } from "node:vm";
import { plainFiles } from "./plain-files.ts";

test("what tells people that their browser is too old is understood by old browsers", () => {
  const boot = plainFiles()["boot.js"] ?? "";
  assert.doesNotThrow(() => new Script(boot));
  const code = boot.replace(/\/\*[\s\S]*?\*\/|\/\/.*|"(?:[^"\\]|\\.)*"/g, "");
  assert.doesNotMatch(code, /=>|`|\?\.|\?\?|\.\.\.|\b(?:const|let|class|async|await)\b/);
});

test("it says everything in each language", () => {
  const boot = plainFiles()["boot.js"] ?? "";
  for (const text of ["too old for meetings", "слишком старый", "could not be loaded", "Нет связи с сервером"])
    assert.ok(boot.includes(text), text);
});

test("the texts of the app are asked for with the app, not after it", () => {
  const boot = plainFiles({ en: "/assets/en-1.js" })["boot.js"] ?? "";
  assert.ok(boot.includes('{"en":"/assets/en-1.js"}'));
});

test("the worker keeps what the page without a server asks for, under a name that changes with it", () => {
  const { "offline.html": page = "", "pwa-worker.js": worker = "" } = plainFiles();
  for (const [, path = ""] of page.matchAll(/(?:src|href)="(\/[^"]+)"/g)) assert.ok(worker.includes(`"${path}"`), path);
  assert.match(worker, /veche-offline-[0-9a-f]{12}"/);
});
