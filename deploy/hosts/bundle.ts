/** What a host is given when it joins: files, and the settings that name them. One JSON text, sealed on its way. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { recorderPasswordName } from "../local/recording.ts";
import { ensureSecret } from "../local/secrets.ts";
import { readOrNot } from "../nats/files.ts";
import type { InternalCa } from "./internal-ca.ts";

export const joiningRoles = ["videobridge", "recorder", "sip-gateway", "turn", "signalling"] as const;
export type JoiningRole = (typeof joiningRoles)[number];

/** As web calls them in its folder (services/web/tls/private-authority.ts). */
const authorityRoot = "ca.crt";
const authorityKey = "ca.key";

export type Bundle = {
  readonly version: 1;
  readonly role: JoiningRole;
  readonly host: string;
  /** Into the role's own folder, by name. */
  readonly files: Readonly<Record<string, string>>;
  /** Settings; `{dir}` stands for that folder. */
  readonly env: Readonly<Record<string, string>>;
  /** A signalling host's: all secrets, by their paths in the directory of secrets. */
  readonly secrets: Readonly<Record<string, string>>;
  /** A signalling host's: web's private authority, by names in web's folder. All three show certificates of the same one. */
  readonly web: Readonly<Record<string, string>>;
};

export type BundleSource = {
  readonly role: JoiningRole;
  readonly host: string;
  /** Where the other hosts reach it. */
  readonly addresses: readonly string[];
  readonly natsUrl: string;
  /** Of web. */
  readonly origin: string;
  readonly creds: string;
  readonly ca: InternalCa;
  readonly secretsDirectory: string;
  /** Web's own authority, where it has one: see readWebAuthority. */
  readonly webAuthority: Readonly<Record<string, string>>;
};

export async function makeBundle(source: BundleSource): Promise<Bundle> {
  const { role, host, secretsDirectory, webAuthority } = source;
  const common = { version: 1, role, host, files: {}, env: {}, secrets: {}, web: {} } as const;
  if (role === "signalling")
    return { ...common, env: { VECHE_HOST_ID: host }, secrets: allSecrets(secretsDirectory), web: webAuthority };
  if (role === "turn") return { ...common, files: { "turn-secret": secretOf(secretsDirectory, "turn-secret") } };
  const own = await privateParts(source);
  const recorder = role === "recorder" ? recorderParts(source) : { files: {}, env: {} };
  return {
    ...common,
    files: { ...own.files, ...recorder.files },
    env: { ...own.env, ...recorder.env },
  };
}

async function privateParts({ role, host, addresses, natsUrl, creds, ca }: BundleSource) {
  const { certificate, key } = await ca.issue(role, [host, ...addresses]);
  return {
    files: {
      "nats.creds": creds,
      "internal-ca.pem": ca.certificate,
      "private-tls-cert.pem": certificate,
      "private-tls-key.pem": key,
    },
    env: {
      NATS_URL: natsUrl,
      NATS_CREDS_FILE: "{dir}/nats.creds",
      NATS_CA_FILE: "{dir}/internal-ca.pem",
      VECHE_HOST_ID: host,
      VECHE_PRIVATE_TLS_CERT_FILE: "{dir}/private-tls-cert.pem",
      VECHE_PRIVATE_TLS_KEY_FILE: "{dir}/private-tls-key.pem",
      VECHE_PRIVATE_TLS_CA_FILE: "{dir}/internal-ca.pem",
    },
  };
}

function recorderParts({ origin, secretsDirectory, webAuthority }: BundleSource) {
  const webCa = webAuthority[authorityRoot];
  return {
    files: {
      [recorderPasswordName]: secretOf(secretsDirectory, recorderPasswordName),
      ...(webCa === undefined ? {} : { "web-ca.pem": webCa }),
    },
    env: {
      VECHE_WEB_ORIGIN: origin,
      JIBRI_RECORDER_PASSWORD_FILE: `{dir}/${recorderPasswordName}`,
      ...(webCa === undefined ? {} : { VECHE_WEB_CA_FILE: "{dir}/web-ca.pem" }),
    },
  };
}

function secretOf(directory: string, name: string): string {
  return `${ensureSecret(directory, name)}\n`;
}

/** Without what a host makes for itself: the server's configuration, locks, certificates of its own addresses, how it joined itself. */
function allSecrets(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => relative(directory, join(parentPath, name)));
  const kept = paths.filter(
    (path) =>
      !/\.(conf|new|lock)$|^addresses$|^join(ed\.json|-)|^host\.env$/.test(path) &&
      !/^internal-ca\/(?!ca\.)/.test(path),
  );
  return Object.fromEntries(kept.map((path) => [path, readFileSync(join(directory, path), "utf8")]));
}

/** By names in web's folder; none where web has a certificate of somebody else. VECHE_WEB_CA: its root, beside which the key lies. */
export function readWebAuthority(env: NodeJS.ProcessEnv, localDirectory: string): Readonly<Record<string, string>> {
  const root = env.VECHE_WEB_CA || join(localDirectory, authorityRoot);
  const found = [
    [authorityRoot, readOrNot(root)],
    [authorityKey, readOrNot(join(dirname(root), authorityKey))],
  ].filter((each): each is [string, string] => each[1] !== undefined);
  return Object.fromEntries(found);
}
