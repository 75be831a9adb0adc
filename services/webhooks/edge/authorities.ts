import { readFileSync } from "node:fs";
import { getCACertificates } from "node:tls";
import { VecheError } from "@veche/kit/errors.ts";

/** Node's own and the system's, and those of a file. */
export function authorities(file: string): string[] {
  const known = [...getCACertificates("default"), ...getCACertificates("system")];
  return [...new Set(file === "" ? known : [...known, ...readCertificates(file)])];
}

function readCertificates(path: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new VecheError("invalid-argument", `VECHE_WEBHOOKS_CA_FILE: can't read ${path}`, { cause });
  }
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g);
  if (found) return found;
  throw new VecheError(
    "invalid-argument",
    `VECHE_WEBHOOKS_CA_FILE: expected certificates (PEM), found none in ${path}`,
  );
}
