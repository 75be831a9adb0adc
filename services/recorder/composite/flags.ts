/** Chromium as a recorder needs it: no screen, no sound card, no GPU, nothing of its own accord. */

export type BrowserSurroundings = {
  readonly width: number;
  readonly height: number;
  readonly origin: string;
  /** Chromium has no sandbox for root. */
  readonly isRoot: boolean;
  /** Of /dev/shm; containers have 64 MiB. */
  readonly sharedMemoryBytes: number;
  /** Of the web server's certificate, where a private authority signed it: base64 of the SHA-256 of its public key. */
  readonly trustedKey?: string;
};

const always = [
  "--disable-gpu",
  "--disable-quic",
  "--disable-sync",
  "--disable-extensions",
  "--disable-background-networking",
  "--no-first-run",
  "--no-default-browser-check",
  "--no-pings",
  "--autoplay-policy=no-user-gesture-required",
  "--auto-accept-this-tab-capture",
];

const enoughSharedMemory = 512 * 1024 * 1024;

export function browserFlags(around: BrowserSurroundings): string[] {
  const flags = [...always, `--window-size=${around.width},${around.height}`];
  if (around.isRoot) flags.push("--no-sandbox");
  if (around.sharedMemoryBytes < enoughSharedMemory) flags.push("--disable-dev-shm-usage");
  // Capture and encoders are for secure pages only; within a private network the web role may speak plain HTTP.
  if (!isSecure(around.origin))
    flags.push(`--unsafely-treat-insecure-origin-as-secure=${new URL(around.origin).origin}`);
  if (around.trustedKey) flags.push(`--ignore-certificate-errors-spki-list=${around.trustedKey}`);
  return flags;
}

/** Secure Contexts, 3.1: https, or this very machine. */
function isSecure(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === "https:" || /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
