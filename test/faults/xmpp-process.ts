/** The XMPP server in a process of its own, without a browser or NATS around it, that says how much it holds. */
import { defaultLimits } from "@veche/xmpp/limits.ts";
import { TestCertificate } from "@veche/xmpp/testing/certificate.ts";
import { Harness } from "@veche/xmpp/testing/harness.ts";

export type Holding = { readonly heapBytes: number; readonly cpuMs: number };

/** Who is gone or silent is forgotten sooner than in earnest, so that a test sees it. */
const { http, bosh } = defaultLimits;
const limits = {
  signInMs: 6_000,
  http: { ...http, headerMs: 3_000, bodyMs: 4_000 },
  bosh: { ...bosh, inactivityMs: 4_000 },
};

using certificate = new TestCertificate();
await using harness = await Harness.start({
  c2sPort: 0,
  limits,
  env: { ...certificate.env, XMPP_RESUME_TIMEOUT: "1s" },
});
process.send?.({ port: harness.port, c2sPort: harness.c2sPort });
process.on("message", () => {
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const holding: Holding = { heapBytes: process.memoryUsage().heapUsed, cpuMs: (user + system) / 1000 };
  process.send?.(holding);
});
await new Promise((resolve) => process.once("disconnect", resolve));
