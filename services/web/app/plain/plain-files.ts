import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");

/**
 * The files that stand beside the bundle under names of their own: what runs before the app, where it cannot run, and
 * where no server answers.
 */
export function plainFiles(chunks: Readonly<Record<string, string>> = {}): Record<string, string> {
  const texts = Object.fromEntries(
    ["en", "ru"].map((code) => [code, JSON.parse(read(`../src/lang/${code}/shell.json`)) as unknown]),
  );
  const files = {
    "boot.js": read("./boot.js")
      .replace("TEXTS;", () => `${JSON.stringify(texts)};`)
      .replace("CHUNKS;", () => `${JSON.stringify(chunks)};`),
    "offline.html": read("./offline.html"),
    "plain.css": read("./plain.css"),
  };
  const version = createHash("sha256").update(Object.values(files).join()).digest("hex").slice(0, 12);
  return { ...files, "pwa-worker.js": read("./pwa-worker.js").replace("VERSION", version) };
}

export function plainFilesPlugin(): Plugin {
  return {
    name: "veche-plain-files",
    generateBundle(_options, bundle) {
      const chunks: Record<string, string> = {};
      for (const part of Object.values(bundle)) {
        const code = part.type === "chunk" && /\/lang\/(\w+)\/index\.ts$/.exec(part.facadeModuleId ?? "")?.[1];
        if (code) chunks[code] = `/${part.fileName}`;
      }
      for (const [fileName, source] of Object.entries(plainFiles(chunks)))
        this.emitFile({ type: "asset", fileName, source });
    },
  };
}
