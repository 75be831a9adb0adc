import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { resolve } from "node:path";
import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import type { Log } from "@veche/kit/log.ts";
import type { CertificateSource } from "@veche/kit/tls/certificate.ts";
import { CertificateFiles } from "@veche/kit/tls/certificate-files.ts";
import { AcmeCertificate, type AcmeSettings } from "../acme/acme-certificate.ts";
import { directoryUrl, isForTests } from "../acme/authorities.ts";
import type { ChallengeBoard } from "../acme/order.ts";
import { AcmeStore } from "../acme/store.ts";
import type { Config } from "../config.ts";
import type { WebMetrics } from "../metrics.ts";
import { certificateNames, isDnsName, thisMachine } from "./names.ts";
import { PrivateAuthority } from "./private-authority.ts";

type Edges = {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: WebMetrics;
  readonly challenges: ChallengeBoard;
};

/** To be closed, where there is something to close, before the bus. */
type Closable = CertificateSource & Partial<AsyncDisposable>;

/** Undefined where a proxy in front ends TLS. */
export async function openCertificates(edges: Edges): Promise<Closable | undefined> {
  const { config, clock, log } = edges;
  const { VECHE_TLS_CERT_FILE: certFile, VECHE_TLS_KEY_FILE: keyFile } = config;
  const now = () => clock.now();
  if (config.DISABLE_HTTPS) {
    if (config.ENABLE_LETSENCRYPT)
      log.warn({}, "DISABLE_HTTPS: ENABLE_LETSENCRYPT is left out, there is no https here");
    return undefined;
  }
  if ((certFile === "") !== (keyFile === "")) {
    throw new VecheError("invalid-argument", "VECHE_TLS_CERT_FILE, VECHE_TLS_KEY_FILE: expected both or neither");
  }
  if (certFile !== "") {
    if (config.ENABLE_LETSENCRYPT) {
      throw new VecheError(
        "invalid-argument",
        "ENABLE_LETSENCRYPT, VECHE_TLS_CERT_FILE: expected one of them, found both",
      );
    }
    return CertificateFiles.open({
      certificate: { setting: "VECHE_TLS_CERT_FILE", path: certFile },
      key: { setting: "VECHE_TLS_KEY_FILE", path: keyFile },
      now,
    });
  }
  const acme = config.ENABLE_LETSENCRYPT ? await acmeSettings(config) : undefined;
  const extraNames = [...config.VECHE_TLS_NAMES, ...config.DOCKER_HOST_ADDRESS];
  const authority = await PrivateAuthority.open({
    folder: resolve(config.VECHE_DATA_DIR),
    names: () => certificateNames(config.PUBLIC_URL, extraNames, thisMachine()),
    now,
  });
  return acme === undefined ? authority : openAcme(acme, authority, edges);
}

/** False where no browser trusts the certificate, so that HSTS would lock people out. */
export function mayHaveHsts(config: Config): boolean {
  return !(config.ENABLE_LETSENCRYPT && isForTests(directoryOf(config)));
}

async function openAcme(settings: AcmeSettings, authority: PrivateAuthority, edges: Edges): Promise<AcmeCertificate> {
  const { config, metrics, challenges } = edges;
  const store = await AcmeStore.open(resolve(config.VECHE_DATA_DIR), settings.directory, settings.names);
  return AcmeCertificate.open(settings, store, authority, {
    ...edges,
    board: challenges,
    random: Math.random,
    onOutcome: (outcome) => metrics.orders.inc({ outcome }),
  });
}

function directoryOf(config: Config): string {
  return directoryUrl(config.LETSENCRYPT_ACME_SERVER, config.LETSENCRYPT_USE_STAGING) ?? "";
}

async function acmeSettings(config: Config): Promise<AcmeSettings> {
  const { VECHE_ACME_EAB_KID: keyId, VECHE_ACME_EAB_HMAC_KEY: hmacKey } = config;
  if ((keyId === "") !== (hmacKey === "")) {
    throw new VecheError("invalid-argument", "VECHE_ACME_EAB_KID, VECHE_ACME_EAB_HMAC_KEY: expected both or neither");
  }
  return {
    directory: directoryOf(config),
    names: namesFor(config),
    email: config.LETSENCRYPT_EMAIL,
    profile: config.VECHE_ACME_PROFILE,
    ca: await readRoots(config.VECHE_ACME_CA_FILE),
    externalAccount: keyId === "" ? undefined : { keyId, hmacKey },
    httpPort: config.HTTP_PORT,
  };
}

function namesFor(config: Config): readonly string[] {
  const given = config.LETSENCRYPT_DOMAIN.length > 0 ? config.LETSENCRYPT_DOMAIN : hostOf(config.PUBLIC_URL);
  if (given.length === 0) {
    throw new VecheError("invalid-argument", "ENABLE_LETSENCRYPT needs LETSENCRYPT_DOMAIN, or PUBLIC_URL with a name");
  }
  const names = given.map((name) => (isIP(name) === 0 ? new URL(`https://${name}`).hostname : name).toLowerCase());
  const bad = names.find((name) => isIP(name) === 0 && (!isDnsName(name) || !name.includes(".") || name.includes("*")));
  if (bad !== undefined) {
    throw new VecheError(
      "invalid-argument",
      `LETSENCRYPT_DOMAIN: expected names like meet.school.example, without *, found "${bad}"`,
    );
  }
  return [...new Set(names)];
}

function hostOf(publicUrl: string): readonly string[] {
  return publicUrl === "" ? [] : [new URL(publicUrl).hostname.replace(/^\[|\]$/g, "")];
}

async function readRoots(path: string): Promise<string | undefined> {
  if (path === "") return undefined;
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new VecheError("invalid-argument", `VECHE_ACME_CA_FILE "${path}": can't be read (${code})`, { cause: error });
  }
}
