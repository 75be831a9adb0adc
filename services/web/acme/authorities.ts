/**
 * Names of acme.sh, which docker-jitsi-meet gives LETSENCRYPT_ACME_SERVER on to
 * (https://github.com/acmesh-official/acme.sh/wiki/Server).
 */
const directories: Readonly<Record<string, string>> = {
  letsencrypt: "https://acme-v02.api.letsencrypt.org/directory",
  letsencrypt_test: "https://acme-staging-v02.api.letsencrypt.org/directory",
  zerossl: "https://acme.zerossl.com/v2/DV90",
  sslcom: "https://acme.ssl.com/sslcom-dv-ecc",
  google: "https://dv.acme-v02.api.pki.goog/directory",
  googletest: "https://dv.acme-v02.test-api.pki.goog/directory",
};

const tests: Readonly<Record<string, string>> = { letsencrypt: "letsencrypt_test", google: "googletest" };

/** Where the directory is; undefined where it is neither a name nor an https address. A server of one's own has no other for tests. */
export function directoryUrl(server: string, isStaging: boolean): string | undefined {
  const name = server === "" ? "letsencrypt" : server;
  const known = directories[(isStaging && tests[name]) || name];
  if (known !== undefined) return known;
  return URL.parse(server)?.protocol === "https:" ? server : undefined;
}

/** No browser trusts what these sign. */
export function isForTests(directory: string): boolean {
  return [directories.letsencrypt_test, directories.googletest].includes(directory);
}

export const serverNames = Object.keys(directories);
