import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

export type Say = (text: string) => void;

const root = resolve(import.meta.dirname, "../..");
const webApp = join(root, "services/web/app");

/** Builds services/web/app/dist where it is missing or older than its sources. */
export function buildWebApp(say: Say): void {
  const built = join(webApp, "dist/index.html");
  const why = !existsSync(built)
    ? "it has not been built yet"
    : newestChange(webApp) > statSync(built).mtimeMs
      ? "its sources have changed"
      : undefined;
  if (!why) return;
  say(`building the web app (services/web/app/dist): ${why}`);
  execFileSync(process.execPath, [join(root, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "warn"], {
    cwd: webApp,
    stdio: "inherit",
  });
}

function newestChange(directory: string): number {
  return readdirSync(directory, { withFileTypes: true }).reduce((newest, entry) => {
    if (entry.name === "dist" || entry.name === "node_modules" || entry.name.startsWith(".")) return newest;
    const path = join(directory, entry.name);
    return Math.max(newest, entry.isDirectory() ? newestChange(path) : statSync(path).mtimeMs);
  }, 0);
}
