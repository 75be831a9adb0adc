/** All messages there are now. */
import { globSync } from "node:fs";
import { join, resolve } from "node:path";
import { createRegistry, type DescFile, type Registry } from "@bufbuild/protobuf";

const generated = resolve(import.meta.dirname, "../../../proto/gen");

export async function presentRegistry(): Promise<Registry> {
  const paths = globSync("**/*_pb.ts", { cwd: generated }).sort();
  const modules = await Promise.all(paths.map((path) => import(join(generated, path)) as Promise<object>));
  return createRegistry(...modules.flatMap((exports) => Object.values(exports).filter(isFile)));
}

function isFile(value: unknown): value is DescFile {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "file";
}
