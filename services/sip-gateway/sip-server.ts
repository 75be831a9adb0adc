/** The SIP process that the settings name, and what it is told. */
import { join } from "node:path";
import type { Context } from "@veche/kit/run.ts";
import type { Config } from "./config.ts";
import { limits } from "./limits.ts";
import { openDrachtio } from "./sip/drachtio/open.ts";
import { openKamailio } from "./sip/kamailio/open.ts";
import type { Signalling, SignallingListener, Trunk } from "./sip/signalling.ts";

/** Throws `invalid-argument`, and `unavailable` where it does not start. */
export function openSipServer(
  { config, log }: Pick<Context<Config>, "config" | "log">,
  listener: SignallingListener,
  trunks: readonly Trunk[],
): Promise<Signalling> {
  const sessionTimer = { expires: limits.sessionSeconds, min: limits.minSessionSeconds };
  const given = { trunks, listener, log, allowsUnknown: config.VECHE_SIP_ALLOW_UNKNOWN, sessionTimer };
  if (config.VECHE_SIP_SERVER === "drachtio") return openDrachtio({ ...given, server: drachtioServer(config) });
  const { VECHE_SIP_TLS_CERT_FILE: certificate, VECHE_SIP_TLS_KEY_FILE: key, VECHE_SIP_TLS_CA_FILE: ca } = config;
  return openKamailio({
    ...given,
    listen: {
      address: config.VECHE_SIP_ADDRESS || "0.0.0.0",
      ...(config.VECHE_SIP_ADVERTISE === "" ? {} : { advertised: config.VECHE_SIP_ADVERTISE }),
      udp: config.VECHE_SIP_PORT,
      tcp: config.VECHE_SIP_PORT,
      tls: config.VECHE_SIP_TLS_PORT,
    },
    ...(certificate === "" ? {} : { tls: { certificate, key, ...(ca === "" ? {} : { authorities: ca }) } }),
    process: { kind: "own", program: config.KAMAILIO_PATH, directory: join(config.VECHE_GATEWAY_DATA_DIR, "kamailio") },
  });
}

function drachtioServer({ VECHE_DRACHTIO_ADDRESS: address, VECHE_DRACHTIO_SECRET: secret }: Config) {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[|\]$/g, "");
  return { host, port: Number(address.slice(colon + 1)), secret };
}
