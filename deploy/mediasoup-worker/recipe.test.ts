import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { buildKey, findDrift, findMediasoup, workerSources } from "./recipe.ts";

const worker = workerSources(findMediasoup());

test("the recipe compiles what meson.build lists, and the lines it corrects are where they were", () => {
  assert.deepEqual(findDrift(worker), []);
});

test("a source that came, one that went and a line that changed are each said", () => {
  const copy = mkdtempSync(join(tmpdir(), "veche-recipe-test-"));
  try {
    for (const part of ["meson.build", "deps/libwebrtc", "src", "include/RTC/ICE"])
      cpSync(join(worker, part), join(copy, part), { recursive: true });
    writeFileSync(join(copy, "src/RTC/New.cpp"), "");
    rmSync(join(copy, "src/RTC/Router.cpp"));
    const iceServer = join(copy, "src/RTC/ICE/IceServer.cpp");
    writeFileSync(iceServer, readFileSync(iceServer, "utf8").replaceAll("Protect()", "Protect(this->password)"));
    const header = join(copy, "include/RTC/ICE/IceServer.hpp");
    writeFileSync(header, readFileSync(header, "utf8").replace("bool isRemovingTuples{ false };", ""));
    assert.deepEqual(findDrift(copy), [
      "meson.build lists src/RTC/Router.cpp, which the recipe does not find",
      "the recipe would compile src/RTC/New.cpp, which meson.build does not list",
      'src/RTC/ICE/IceServer.cpp: expected "Protect()" once where it is corrected, found it 0 times',
      'include/RTC/ICE/IceServer.hpp: expected "bool isRemovingTuples{ false };" once where it is corrected, found it 0 times',
    ]);
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test("the key of the cache names version, system and recipe", () => {
  assert.match(buildKey(findMediasoup()), /^\d+\.\d+\.\d+-[a-z0-9]+-[a-z0-9]+-[0-9a-f]{12}$/);
  assert.notEqual(buildKey({ version: "9.9.9", directory: "" }), buildKey(findMediasoup()));
});
