import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

/**
 * The files that stand beside the bundle under names of their own: what runs before the app, where it cannot run, and
 * where no server answers.
 */
export function plainFiles(): Record<string, string> {
  const texts = Object.fromEntries(
    ["en", "ru"].map((code) => [code, JSON.parse(read(`../src/lang/${code}/shell.json`)) as unknown]),
  );
  const files = {
    "boot.js": read("./boot.js").replace("TEXTS;", () => `${JSON.stringify(texts)};`),
    "offline.html": read("./offline.html"),
    "plain.css": read("./plain.css"),
  };
  const version = createHash("sha256").update(Object.values(files).join()).digest("hex").slice(0, 12);
  return { ...files, "pwa-worker.js": read("./pwa-worker.js").replace("VERSION", version) };
}

export function plainFilesPlugin(): Plugin {
  return {
    name: "veche-plain-files",
    generateBundle() {
      for (const [fileName, source] of Object.entries(plainFiles())) this.emitFile({ type: "asset", fileName, source });
    },
  };
}
