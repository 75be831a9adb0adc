import { defineConfig } from "vite";
import { embeddingApiPlugin } from "./embedding-api.ts";
import { plainFilesPlugin } from "./plain-files.ts";

// Room pages live at /<room> and /<tenant>/<room>, so assets need absolute addresses.
export const appBuild = defineConfig({
  base: "/",
  plugins: [plainFilesPlugin(), embeddingApiPlugin()],
  build: { target: "es2022", outDir: "dist", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
