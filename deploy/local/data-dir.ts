import { resolve } from "node:path";

/** Where an installation without Docker keeps its data: in the checkout, where whoever deletes the one deletes the other. */
export function defaultDataDir(): string {
  return resolve(process.env.VECHE_DATA_DIR ?? resolve(import.meta.dirname, "../../.run"));
}
