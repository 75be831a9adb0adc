import { resolve } from "node:path";
import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { CertificateSource } from "@veche/kit/tls/certificate.ts";
import { CertificateFiles } from "@veche/kit/tls/certificate-files.ts";
import type { Config } from "../config.ts";
import { certificateNames, thisMachine } from "./names.ts";
import { PrivateAuthority } from "./private-authority.ts";

/** Undefined where a proxy in front ends TLS. */
export async function openCertificates(config: Config, clock: Clock): Promise<CertificateSource | undefined> {
  const { VECHE_TLS_CERT_FILE: certFile, VECHE_TLS_KEY_FILE: keyFile } = config;
  const now = () => clock.now();
  if (config.DISABLE_HTTPS) return undefined;
  if ((certFile === "") !== (keyFile === "")) {
    throw new VecheError("invalid-argument", "VECHE_TLS_CERT_FILE, VECHE_TLS_KEY_FILE: expected both or neither");
  }
  if (certFile !== "") {
    return CertificateFiles.open({
      certificate: { setting: "VECHE_TLS_CERT_FILE", path: certFile },
      key: { setting: "VECHE_TLS_KEY_FILE", path: keyFile },
      now,
    });
  }
  const extraNames = [...config.VECHE_TLS_NAMES, ...config.DOCKER_HOST_ADDRESS];
  return PrivateAuthority.open({
    folder: resolve(config.VECHE_DATA_DIR),
    names: () => certificateNames(config.PUBLIC_URL, extraNames, thisMachine()),
    now,
  });
}
