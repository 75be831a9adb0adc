import assert from "node:assert/strict";
import { test } from "node:test";
import { firstLoadOf, type Manifest } from "./first-load.ts";

const manifest: Manifest = {
  "index.html": { file: "index.js", imports: ["_icons.js"], css: ["index.css"] },
  "_icons.js": { file: "icons.js", imports: ["index.html"] },
  "src/lang/en/index.ts": { file: "en.js" },
  "src/lang/ru/index.ts": { file: "ru.js", imports: ["index.html"] },
  "src/ui/call-page.tsx": { file: "call.js", css: ["call.css"] },
};
const sizes: Readonly<Record<string, number>> = { "ru.js": 30, "en.js": 20 };
const firstLoad = firstLoadOf(manifest, ["boot.js"], (file) => sizes[file] ?? 10);

test("the page, what it cannot do without and one language are counted, each once", () => {
  assert.deepEqual([...firstLoad.keys()].toSorted(), [
    "boot.js",
    "icons.js",
    "index.css",
    "index.html",
    "index.js",
    "ru.js",
  ]);
});

test("of the languages the largest counts, and nothing that is fetched later", () => {
  assert.equal(firstLoad.get("ru.js"), 30);
  assert.ok(!firstLoad.has("en.js") && !firstLoad.has("call.js"));
});
