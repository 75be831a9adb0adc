import { defineConfig } from "vite";

// Room pages live at /<room> and /<tenant>/<room>, so assets need absolute addresses.
export default defineConfig({
  base: "/",
  build: { target: "es2022", outDir: "dist", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
