import { nowMs } from "../../status/testing/samples.ts";
import type { MediaAddress, MediaTry, Outcome, Place, WebCertificate, WebTry } from "../tries.ts";

export function aPlace(host: string, role = "videobridge"): Place {
  return { role, instance: `${role}-${host}`, host };
}

/** Of a bridge on school-1; `seen` by host. */
export function anAddress(text: string, seen: Readonly<Record<string, Outcome>>): MediaAddress {
  const [, ip = "", port, protocol] = /^(.*):(\d+)\/(udp|tcp)$/.exec(text) ?? [];
  const tries = Object.entries(seen).map(([host, outcome]): MediaTry => ({ from: aPlace(host), outcome }));
  return { bridge: aPlace("school-1"), protocol: protocol === "tcp" ? "tcp" : "udp", ip, port: Number(port), tries };
}

export function aCertificate(changes: Partial<WebCertificate> = {}): WebCertificate {
  const notAfterMs = nowMs + 90 * 86_400_000;
  return { names: ["meet.school.example"], issuer: "A public authority", notAfterMs, fault: "", ...changes };
}

export function aWebTry(host: string, changes: Partial<WebTry> = {}): WebTry {
  return {
    from: aPlace(host),
    outcome: "reached",
    addresses: ["203.0.113.7"],
    fault: "",
    webInstance: "web-1",
    certificate: aCertificate(),
    ...changes,
  };
}
