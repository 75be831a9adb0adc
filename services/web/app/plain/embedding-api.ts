import { fileURLToPath } from "node:url";
import { build, type Plugin } from "vite";

const entry = fileURLToPath(new URL("../src/embedding-api/main.ts", import.meta.url));

/** Where embedding pages look for it; both are in their sources and stay as they are. */
const NAMES = ["external_api.js", "libs/external_api.min.js"];

/** The script of embedding pages: one classic file without imports, beside the app's modules. */
export function embeddingApiPlugin(): Plugin {
  return {
    name: "veche-embedding-api",
    apply: "build",
    async generateBundle() {
      const source = await buildClassicScript();
      for (const fileName of NAMES) this.emitFile({ type: "asset", fileName, source });
    },
  };
}

async function buildClassicScript(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    build: {
      write: false,
      target: "es2020",
      lib: { entry, formats: ["iife"], name: "vecheEmbeddingApi", fileName: "external_api" },
    },
  });
  const [output] = [built].flat();
  const chunk = output && "output" in output ? output.output[0] : undefined;
  if (chunk === undefined) throw new Error("external_api.js: expected one chunk");
  return chunk.code;
}
