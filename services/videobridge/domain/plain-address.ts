import { accept, type Result, refuse } from "./result.ts";

/** RFC 7714: a key of 32 bytes and a salt of 12. */
export const srtpSuite = "AEAD_AES_256_GCM";
const srtpKeyBytes = 44;

/** Where another service of ours takes RTP, and the key that its own packets carry. */
export type RemoteAddress = { readonly ip: string; readonly port: number; readonly srtpKey: Uint8Array };

/** `what` it is the address of begins each refusal. */
export function readRemoteAddress(
  what: string,
  {
    ip,
    port,
    srtpSuite: suite,
    srtpKey,
  }: { readonly ip: string; readonly port: number; readonly srtpSuite: string; readonly srtpKey: Uint8Array },
): Result<RemoteAddress> {
  if (!isAddress(ip) || isEverywhere(ip))
    return refuse(`${what}: expected an IP address, found ${JSON.stringify(ip.slice(0, 64))}`);
  if (port < 1 || port > 65_535) return refuse(`${what}: expected a port of 1 to 65535, found ${port}`);
  if (suite !== srtpSuite || srtpKey.length !== srtpKeyBytes)
    return refuse(`${what}: expected a key of ${srtpKeyBytes} bytes for ${srtpSuite}`);
  return accept({ ip, port, srtpKey });
}

/** What a socket that listens on all addresses calls itself: nothing comes from there. */
function isEverywhere(ip: string): boolean {
  return /^[0.:]+$/.test(ip);
}

/** Whatever is let through here is parsed by the worker, which is strict. */
function isAddress(ip: string): boolean {
  const bytes = ip.split(".");
  if (bytes.length === 4) return bytes.every((byte) => /^\d{1,3}$/.test(byte) && Number(byte) <= 255);
  return /^[0-9a-fA-F:]{2,39}$/.test(ip) && ip.includes(":");
}
