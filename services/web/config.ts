import { codecSchema } from "@veche/kit/codec-setting.ts";
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
import { privateTlsSchema } from "@veche/kit/private-tls/private-tls.ts";
import { acmeSchema } from "./acme-settings.ts";
import { liveLocks } from "./live-page.ts";
import { pageSchema } from "./page-settings.ts";
import { recordingSchema } from "./recording-settings.ts";
import { telephonySchema } from "./telephony-settings.ts";

const hostPattern = /^[A-Za-z0-9.-]+$/;
const hostName = { pattern: hostPattern, expected: "a host name" };

export const schema = {
  ...commonSchema,
  PUBLIC_URL: url("", "The address people type, https://meet.school.example; names the certificate and redirects.", {
    protocols: ["https", "http"],
  }),
  VECHE_LISTEN_ADDRESS: text("", "Address the public listeners bind to; empty: all of them."),
  HTTP_PORT: port(8000, "Plain http, for localhost and for the redirect to https."),
  HTTPS_PORT: port(8443, "https."),
  DISABLE_HTTPS: flag(false, "No https listener: a proxy in front ends TLS."),
  ENABLE_HTTP_REDIRECT: flag(true, "Sends plain http to https, except on localhost."),
  ENABLE_HSTS: flag(false, "Tells browsers to stay on https; only with a certificate of others: own files, or ACME."),
  VECHE_WEB_REST_PORT: port(8088, "Private http: health, version, metrics."),
  VECHE_WEB_REST_ADDRESS: text("127.0.0.1", "Address the private http listener binds to."),
  VECHE_DATA_DIR: text("data/web", "Where the private certificate authority and what ACME servers gave are kept."),
  VECHE_TLS_CERT_FILE: text("", "Certificate chain (PEM) to use instead of the private authority's."),
  VECHE_TLS_KEY_FILE: text("", "Its private key (PEM)."),
  ...acmeSchema,
  VECHE_TLS_NAMES: list([], "More names and addresses for the private authority's certificate."),
  DOCKER_HOST_ADDRESS: list([], "Addresses of the host around this container; the certificate names them too."),
  VECHE_WEB_ROOT: text("", "Folder of another web app to serve, such as Jitsi's own.", {
    defaultText: "(services/web/app/dist)",
  }),
  VECHE_TRUSTED_PROXIES: list(
    [],
    "Addresses or CIDR blocks of proxies in front, whose X-Forwarded-* headers are believed.",
  ),
  XMPP_BOSH_URL_BASE: url("", "Where the xmpp role listens; empty: wherever the one on duty says.", {
    protocols: ["http", "https"],
    defaultText: "(on duty)",
  }),
  JICOFO_URL: url("", "Where the focus role listens; empty: wherever the one on duty says.", {
    protocols: ["http", "https"],
    defaultText: "(on duty)",
  }),
  ...privateTlsSchema,
  VECHE_UPSTREAM_WAIT: duration("3s", "How long requests wait for a role that is being restarted.", { max: 30_000 }),
  VECHE_MAX_SOCKETS: integer(20_000, { min: 10, max: 1_000_000 }, "Connections in all."),
  VECHE_MAX_SOCKETS_PER_ADDRESS: integer(
    2_000,
    { min: 10, max: 1_000_000 },
    "Connections of one address; a school sits behind one.",
  ),
  XMPP_DOMAIN: text("meet.jitsi", "XMPP domain.", hostName),
  XMPP_MUC_DOMAIN: text("muc.meet.jitsi", "Domain of the rooms.", hostName),
  XMPP_AUTH_DOMAIN: text("auth.meet.jitsi", "Domain of the focus user.", hostName),
  XMPP_GUEST_DOMAIN: text("guest.meet.jitsi", "Domain of guests, who sign in with nothing.", hostName),
  XMPP_HIDDEN_DOMAIN: alsoNamed(
    text("hidden.meet.jitsi", "Domain of recorders, which nobody sees.", hostName),
    "XMPP_RECORDER_DOMAIN",
  ),
  ENABLE_XMPP_WEBSOCKET: flag(true, "Offers WebSocket in config.js; otherwise clients use BOSH."),
  VECHE_CONFERENCE_REQUEST_OVER_HTTP: flag(false, "Clients ask for a conference over http instead of XMPP."),
  ...codecSchema,
  ENABLE_OPUS_RED: flag(false, "Sends sound twice (RED) where two talk without a bridge; the bridge passes on none."),
  RESOLUTION: integer(720, { min: 180, max: 2160 }, "Height at which cameras are captured."),
  CHANNEL_LAST_N: integer(-1, { min: -1, max: 1000 }, "How many videos a client wants at most; -1: all."),
  ENABLE_P2P: flag(false, "Two people alone talk without the bridge, where their network and clients allow it."),
  VECHE_P2P_STUN_SERVERS: alsoNamed(
    list([], "STUN servers for two people alone, such as stun:turn.example:3478; none: their own networks only."),
    "P2P_STUN_SERVERS",
  ),
  ...liveLocks,
  ENABLE_WELCOME_PAGE: flag(true, "Shows a page at / where a room can be named."),
  ...pageSchema,
  ...recordingSchema,
  ...telephonySchema,
  DEFAULT_LANGUAGE: text("", "Language of the app, such as ru; empty: the browser's.", {
    pattern: /^[A-Za-z-]{0,20}$/,
  }),
};

export type Config = ConfigOf<typeof schema>;

export const ownAppFolder = new URL("./app/dist", import.meta.url);
