import {
  alsoNamed,
  type ConfigOf,
  commonSchema,
  duration,
  flag,
  integer,
  list,
  port,
  secret,
  text,
  url,
} from "@veche/kit/config.ts";
import { liveKeys, lockSchemaOf } from "@veche/kit/live-table.ts";
import { privateTlsSchema } from "@veche/kit/private-tls/private-tls.ts";
import { turnSchema } from "./turn-settings.ts";

const domain = { pattern: /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, expected: "a host name in lower case" };

const brewery = { pattern: /^[A-Za-z0-9._-]{1,64}$/, expected: "1 to 64 letters, digits, ., - or _" };

/** Long enough that nobody finds it by trying. */
const tokenPattern = /^$|^[\x21-\x7e]{16,512}$/;

const adminToken = secret("Token of the HTTP API for administrators; while it is empty only their accounts open it.", {
  default: "",
});

export const schema = {
  ...commonSchema,
  XMPP_PORT: alsoNamed(port(5280, "Port of BOSH, WebSocket, health and metrics."), "PROSODY_HTTP_PORT"),
  VECHE_LISTEN_ADDRESS: text("0.0.0.0", "Address to listen on."),
  VECHE_XMPP_ORIGIN: url("", "Where web, on this host or another, reaches that port.", {
    protocols: ["http", "https"],
    defaultText: "(address and port)",
  }),
  ...privateTlsSchema,
  XMPP_C2S_PORT: port(0, "Port of ordinary XMPP clients over TCP with STARTTLS, usually 5222; 0 switches it off."),
  XMPP_C2S_CERT_FILE: text("", "Certificate chain of that port in PEM; read again when it changes."),
  XMPP_C2S_KEY_FILE: text("", "Its private key in PEM; read again when it changes."),
  XMPP_DOMAIN: text("meet.jitsi", "Domain people sign in to.", domain),
  XMPP_MUC_DOMAIN: text("muc.meet.jitsi", "Domain of the rooms.", domain),
  XMPP_INTERNAL_MUC_DOMAIN: text(
    "internal-muc.meet.jitsi",
    "Domain of the rooms in which recorders, videobridges and telephone gateways are seen.",
    domain,
  ),
  XMPP_AUTH_DOMAIN: text("auth.meet.jitsi", "Domain of the focus's own account.", domain),
  XMPP_GUEST_DOMAIN: text("guest.meet.jitsi", "Domain of guests where people sign in.", domain),
  XMPP_HIDDEN_DOMAIN: alsoNamed(
    text("hidden.meet.jitsi", "Domain of recorders: in a room, but not shown.", domain),
    "XMPP_RECORDER_DOMAIN",
  ),
  ...lockSchemaOf(...liveKeys),
  AUTH_TYPE: text("internal", "How people prove who they are: internal (accounts kept here) or jwt (tokens).", {
    pattern: /^(internal|jwt)$/,
    expected:
      "internal or jwt: there is no way to ask an LDAP or Matrix server here, so import the accounts, or let the page people sign in at issue tokens",
  }),
  JWT_APP_ID: text("", "Who issues tokens, where JWT_ACCEPTED_ISSUERS names nobody."),
  JWT_APP_SECRET: secret("Secret that tokens are signed with (HS256).", { default: "" }),
  JWT_ACCEPTED_ISSUERS: list([], "Issuers of tokens (claim iss); * for any."),
  JWT_ACCEPTED_AUDIENCES: list(["*"], "Audiences of tokens (claim aud); * for any."),
  JWT_PUBLIC_KEY_FILE: text(
    "",
    "Public key in PEM, or a key set (JWKS), that tokens are signed with; read when it changes.",
  ),
  JWT_JWKS_URL: url("", "Address of such a key set.", { protocols: ["http", "https"] }),
  JWT_ASAP_KEYSERVER: url("", "Server of public keys: it has each as <sha256 of the kid>.pem.", {
    protocols: ["http", "https"],
  }),
  JWT_ALLOW_EMPTY: flag(false, "Who has no token comes in as a guest."),
  JWT_ENABLE_DOMAIN_VERIFICATION: flag(true, "The claim sub names the tenant, or this domain, that a token is for."),
  TOKEN_AUTH_URL: text("", "Page that issues tokens, where people without one are sent; {room} is the room."),
  PUBLIC_URL: url("", "The address people type; the claim sub may name its host."),
  JICOFO_AUTH_LIFETIME: duration("24h", "How long a browser that signed in counts as signed in.", {
    min: 60_000,
    max: 6 * 24 * 3_600_000,
  }),
  JIBRI_RECORDER_USER: text("recorder", "Account of recorders on the hidden domain."),
  JIBRI_RECORDER_PASSWORD: secret("Its password; while it is empty nobody signs in there.", { default: "" }),
  JIBRI_BREWERY_MUC: text("jibribrewery", "Room in which recorders are seen.", brewery),
  JVB_BREWERY_MUC: text("jvbbrewery", "Room in which videobridges are seen.", brewery),
  JIGASI_BREWERY_MUC: text("jigasibrewery", "Room in which telephone gateways are seen.", brewery),
  JIGASI_XMPP_USER: text("jigasi", "Account of telephone gateways on the auth domain.", {
    pattern: /^(?!focus$).+/i,
    expected: "another name than focus",
  }),
  JIGASI_XMPP_PASSWORD: secret("Its password; while it is empty nobody signs in there.", { default: "" }),
  XMPP_ADMIN_TOKEN: {
    ...adminToken,
    parse: (given: string) =>
      tokenPattern.test(given) ? adminToken.parse(given) : { ok: false, expected: "16 to 512 printable characters" },
  } satisfies typeof adminToken,
  XMPP_RESUME_TIMEOUT: duration("60s", "How long somebody whose connection broke keeps their place.", {
    min: 1_000,
    max: 600_000,
  }),
  XMPP_TRUSTED_PROXIES: list(
    ["127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10"],
    "Networks whose X-Forwarded headers are believed.",
  ),
  XMPP_CROSS_DOMAIN: list(
    ["true"],
    "Sites whose pages may connect besides our own, as origins or hosts; true is every site, false none.",
  ),
  XMPP_MAX_CONFERENCE_DURATION: duration("0", "How long a meeting lasts at most; 0 for ever.", {
    max: 30 * 24 * 3_600_000,
  }),
  ...turnSchema,
  XMPP_MAX_OCCUPANTS: integer(500, { min: 2, max: 10_000 }, "Most people in one room."),
  // A whole school may be one address, and all its lessons begin at the same minute.
  XMPP_ROOM_CREATION_PER_MINUTE: integer(120, { min: 1, max: 100_000 }, "Rooms one address may open in a minute."),
};

export type Config = ConfigOf<typeof schema>;
