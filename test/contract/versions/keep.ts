/** `node test/contract/versions/keep.ts`: keeps the contracts of the present version for the tests of later ones. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { presentTable } from "./contracts.ts";

const root = resolve(import.meta.dirname, "../../..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
const directory = join(import.meta.dirname, version);
mkdirSync(directory, { recursive: true });
execFileSync("buf", ["build", "--exclude-source-info", "-o", join(directory, "contracts.binpb")], {
  cwd: join(root, "proto"),
  stdio: "inherit",
});
const table = join(directory, "subjects.json");
writeFileSync(table, `${JSON.stringify(presentTable(), null, 2)}\n`);
execFileSync("biome", ["format", "--write", table], { cwd: root, stdio: "inherit" });
console.log(`kept what version ${version} says in ${directory}`);
