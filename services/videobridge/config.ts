import { hostname } from "node:os";
import {
  alsoNamed,
  type ConfigOf,
  commonSchema,
  duration,
  flag,
  integer,
  list,
  port,
  text,
  url,
} from "@veche/kit/config.ts";
import { privateAddressSchema } from "@veche/kit/own-address.ts";
import { privateTlsSchema } from "@veche/kit/private-tls/private-tls.ts";

const portRange = { pattern: /^(\d{1,5}(-\d{1,5})?)?$/, expected: "a port or a range like 10000-10009" };

/** What the operator can say. Names are docker-jitsi-meet's where it has one. */
export const schema = {
  ...commonSchema,
  JVB_PORT: port(10_000, "UDP port of the media; each further worker takes the next one."),
  JVB_TCP_PORT: port(
    4_443,
    "TCP port of the media, for networks that block UDP; each further worker takes the next one.",
  ),
  JVB_ADVERTISE_IPS: alsoNamed(
    list(
      [],
      "Addresses to tell clients, separated by commas, each perhaps with the UDP port that is forwarded here: 203.0.113.7#20000, [2001:db8::7]#20000.",
    ),
    "DOCKER_HOST_ADDRESS",
  ),
  JVB_ADVERTISE_PRIVATE_CANDIDATES: flag(
    true,
    "Tell clients the host's own addresses beside those of JVB_ADVERTISE_IPS.",
  ),
  JVB_STUN_SERVERS: list(
    [],
    "STUN servers, host:port, that are asked for this bridge's public address; empty: nobody is asked.",
  ),
  JVB_DISABLE_STUN: flag(false, "No STUN server is asked, whatever JVB_STUN_SERVERS names."),
  VECHE_PUBLISHED_PORTS: text(
    "",
    "Ports of the host of which one leads to JVB_PORT, 10000-10009: the bridge finds out which; empty: the port itself.",
    portRange,
  ),
  VECHE_PUBLISHED_TCP_PORTS: alsoNamed(text("", "The same for JVB_TCP_PORT.", portRange), "JVB_TCP_MAPPED_PORT"),
  JVB_RELAY_ADDRESS: alsoNamed(
    text("", "Address at which other bridges and SIP gateways reach this one; empty: VECHE_PRIVATE_ADDRESS.", {
      pattern: /^[0-9a-fA-F.:]*$/,
      expected: "an IP address",
      defaultText: "(found out)",
    }),
    "JVB_OCTO_BIND_ADDRESS",
  ),
  JVB_RELAY_PORT_MIN: port(
    10_100,
    "First UDP port of relays, one for each other bridge and conference, and of telephone calls, one for each.",
  ),
  JVB_RELAY_PORT_MAX: port(10_199, "Last UDP port of relays and calls."),
  JVB_REGION: alsoNamed(
    text("", "Region of this bridge; a participant is given a bridge of its own region where there is one."),
    "JVB_OCTO_REGION",
  ),
  COLIBRI_WEBSOCKET_PORT: port(9_090, "Port of the bridge channel, which the web role proxies."),
  COLIBRI_WEBSOCKET_ORIGIN: url(
    "",
    "Where the web role reaches the bridge channel; empty: VECHE_PRIVATE_ADDRESS and COLIBRI_WEBSOCKET_PORT.",
    {
      protocols: ["http", "https"],
    },
  ),
  ...privateAddressSchema,
  ...privateTlsSchema,
  COLIBRI_REST_PORT: alsoNamed(
    port(8_080, "Port of the private HTTP: health, statistics, debug, drain."),
    "JVB_COLIBRI_PORT",
  ),
  COLIBRI_REST_ADDRESS: text(
    "127.0.0.1",
    "Address the private HTTP listens on: who reaches it can see and drain everything.",
  ),
  VECHE_LAST_N: integer(-1, { min: -1, max: 500 }, "The most pictures that anybody is sent; -1: no limit."),
  VECHE_LOAD_REDUCER: flag(false, "Send everybody fewer pictures while this bridge has more to do than it can."),
  VECHE_ASSUMED_BANDWIDTH_LIMIT: integer(
    0,
    { min: 0, max: 100_000_000 },
    "The most bits per second that a client may take its own line for, instead of what is measured; 0: none may.",
  ),
  MEDIASOUP_WORKER_BIN: text("", "The media worker's binary; empty: where the mediasoup package keeps its own."),
  VECHE_WORKERS: integer(1, { min: 1, max: 64 }, "Media workers, each a process with ports of its own."),
  VECHE_LISTEN_ADDRESS: text("", "Address to listen on; empty: all of them, IPv4 and IPv6.", {
    pattern: /^[0-9a-fA-F.:]*$/,
    expected: "an IP address",
  }),
  VECHE_BRIDGE_ID: text("", "Names this bridge in subjects and channel paths; stable over restarts.", {
    pattern: /^[A-Za-z0-9_-]{0,64}$/,
    expected: "1 to 64 letters, digits, - or _",
    defaultText: "(jvb- and VECHE_HOST_ID)",
  }),
  VECHE_DRAIN_TIMEOUT: duration(
    "3s",
    "How long SIGTERM waits for the focus to move this bridge's endpoints to others.",
    {
      min: 0,
      max: 8_000,
    },
  ),
};

export type Config = ConfigOf<typeof schema>;

/** As given, else of the host's id, made fit for subjects and paths. */
export function bridgeIdOf({
  VECHE_BRIDGE_ID,
  VECHE_HOST_ID,
}: Pick<Config, "VECHE_BRIDGE_ID" | "VECHE_HOST_ID">): string {
  if (VECHE_BRIDGE_ID !== "") return VECHE_BRIDGE_ID;
  return `jvb-${(VECHE_HOST_ID || hostname()).replace(/[^A-Za-z0-9_-]+/g, "-").slice(0, 60)}`;
}
