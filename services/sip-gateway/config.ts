import { hostname } from "node:os";
import {
  alsoNamed,
  type ConfigOf,
  choice,
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
import { privateAddressSchema } from "@veche/kit/own-address.ts";
import { privateTlsSchema } from "@veche/kit/private-tls/private-tls.ts";
import { relayPorts } from "@veche/kit/relay-port.ts";
import { languages } from "./domain/call.ts";

const headerName = { pattern: /^[A-Za-z0-9-]{1,64}$/, expected: "the name of a SIP header" };
const digits = { pattern: /^\d{0,4}$/, expected: "at most four digits" };

export const schema = {
  ...commonSchema,
  VECHE_GATEWAY_ID: text("", "Name of this gateway, kept from start to start.", { defaultText: "(host name)" }),
  VECHE_GATEWAY_HTTP_PORT: port(8788, "Private HTTP: Jigasi's API, numbers and codes for dialling in, metrics."),
  VECHE_GATEWAY_HTTP_ADDRESS: text("127.0.0.1", "Address that HTTP listens on."),
  VECHE_GATEWAY_HTTP_ORIGIN: url("", "Where web reaches that HTTP; empty: VECHE_PRIVATE_ADDRESS and the port.", {
    protocols: ["http", "https"],
  }),
  ...privateAddressSchema,
  ...privateTlsSchema,
  VECHE_GATEWAY_DATA_DIR: text(
    "data/sip-gateway",
    "Where the SIP process' configuration is kept, readable for us alone.",
  ),
  VECHE_GATEWAY_RELAY_ADDRESS: text("", "Address where bridges send voices to; empty: VECHE_PRIVATE_ADDRESS.", {
    defaultText: "(found out)",
  }),
  VECHE_GATEWAY_RELAY_PORTS: relayPorts("", "UDP ports for them, one for each call, like 20200-20249; empty: any."),
  JIGASI_LOCAL_REGION: text("", "Region of this gateway; its calls get bridges of it where there are any."),
  ENABLE_REST_SHUTDOWN: alsoNamed(
    flag(false, "`POST /about/shutdown` ends this process once its calls are over."),
    "SHUTDOWN_REST_ENABLED",
  ),

  VECHE_SIP_ADDRESS: text("", "Address that SIP and phones' sound listen on; empty: all of IPv4."),
  VECHE_SIP_ADVERTISE: text("", "Address that phones and trunks are told.", { defaultText: "(found out)" }),
  VECHE_SIP_PORT: port(5060, "SIP over UDP and TCP; 0: off."),
  VECHE_SIP_TLS_PORT: port(0, "SIP over TLS; 0: off."),
  VECHE_SIP_TLS_CERT_FILE: text("", "Certificate chain (PEM) of SIP over TLS."),
  VECHE_SIP_TLS_KEY_FILE: text("", "Its private key (PEM)."),
  VECHE_SIP_TLS_CA_FILE: text("", "Authorities that sign trunks' certificates; empty: the system's."),
  VECHE_SIP_SERVER: choice(
    ["kamailio", "drachtio"],
    "kamailio",
    "Which SIP process: Kamailio, which this one starts, or a drachtio-server that runs.",
  ),
  VECHE_DRACHTIO_ADDRESS: text("127.0.0.1:9022", "Where drachtio-server takes its applications.", {
    pattern: /^(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/,
    expected: "host:port",
  }),
  VECHE_DRACHTIO_SECRET: secret("What is shared with it, 16 characters at least; it has no default.", { default: "" }),
  KAMAILIO_PATH: text("kamailio", "The SIP process, which this one starts."),
  JIGASI_PORT_MIN: port(20_000, "First UDP port for phones' sound; a call takes two."),
  JIGASI_PORT_MAX: port(20_050, "Last UDP port for phones' sound."),
  JIGASI_ENABLE_SDES_SRTP: flag(true, "Takes SRTP with keys in SDP (SDES) where it is offered."),
  VECHE_SIP_CODECS: list(["opus", "G722", "PCMA", "PCMU"], "Codecs of phones, the dearest first."),
  VECHE_SIP_MAX_SPEAKERS: integer(
    6,
    { min: 1, max: 100 },
    "How many people of a conference its callers hear at a time: the loudest.",
  ),
  VECHE_SIP_PROMPTS_DIR: text("", "Prompts of one's own, `<language>/<name>.wav`; empty: ours alone."),

  JIGASI_SIP_URI: text("", "Account at a provider or telephone system, `user@domain`; empty: none.", {
    pattern: /^$|^[^@\s]+@[^@\s]+$/,
    expected: "user@domain",
  }),
  JIGASI_SIP_PASSWORD: secret("Its password.", { default: "" }),
  JIGASI_SIP_SERVER: text("", "Its registrar; empty: the domain."),
  JIGASI_SIP_PORT: port(5060, "Port there."),
  JIGASI_SIP_TRANSPORT: choice(["UDP", "TCP", "TLS"], "UDP", "How it is reached."),
  VECHE_SIP_TRUST_HEADERS: flag(false, "Calls of that account may name their room, password and tenant in headers."),
  VECHE_SIP_TRUNKS_FILE: text("", "File with further accounts and telephone systems (JSON, see above)."),
  VECHE_SIP_ALLOW_UNKNOWN: flag(false, "Takes calls that come from no trunk."),
  VECHE_SIP_UNKNOWN_PER_MINUTE: integer(10, { min: 1, max: 100_000 }, "How many of them, of one address."),

  JIGASI_SIP_DEFAULT_ROOM: text("", "Room of calls that name none; empty: they type a code."),
  JITSI_MEET_ROOM_HEADER_NAME: text("Jitsi-Conference-Room", "Header that names the room.", headerName),
  JITSI_MEET_ROOM_PASS_HEADER_NAME: text("Jitsi-Conference-Room-Pass", "Header with its password.", headerName),
  JITSI_MEET_DOMAIN_TENANT_HEADER_NAME: text("Jitsi-Conference-Domain-Tenant", "Header with its tenant.", headerName),
  VECHE_SIP_ROOMS: list([], "Rooms by the number that was dialled: `+74950000001=5a,100=hall`."),
  VECHE_SIP_CODES: flag(true, "Callers may type a conference's code."),
  VECHE_SIP_CODE_LENGTH: integer(9, { min: 6, max: 12 }, "Digits of new codes."),
  VECHE_SIP_DIALIN_NUMBERS: list([], "Numbers for dialling in, as people see them: `RU:+7 495 123-45-67`."),
  VECHE_SIP_LANGUAGE: choice(languages, "ru", "What callers are spoken to in first."),
  JVB_INVITE_TIMEOUT: duration("30s", "How long a call waits to be invited to a bridge.", { min: 5_000 }),

  VECHE_SIP_COUNTRY: text("7", "Country code of numbers that have none.", digits),
  VECHE_SIP_NATIONAL_PREFIX: text("8", "What is dialled before numbers of the country.", digits),
  VECHE_SIP_NATIONAL_LENGTH: integer(10, { min: 5, max: 14 }, "Digits of the country's numbers, without both."),
  VECHE_SIP_INTERNATIONAL_PREFIXES: list(["00", "810"], "What is dialled before another country's code."),
  VECHE_SIP_DIALOUT_PREFIXES: list([], "Beginnings of numbers that moderators may dial: `+7495,+7800,1`; empty: none."),
  VECHE_SIP_DIALOUT_FORBIDDEN: list(
    ["+7803", "+7805", "+7806", "+7807", "+7808", "+7809", "101", "102", "103", "104", "112"],
    "Beginnings of numbers that nobody dials all the same: they cost more, or are for emergencies.",
  ),
  VECHE_SIP_DIALOUT_INTERNATIONAL: flag(false, "Numbers of other countries may be dialled where the list has them."),
  VECHE_SIP_DIALOUT_HOSTS: list([], "Hosts of SIP addresses that moderators may dial."),
  VECHE_SIP_DIALOUT_FORMAT: choice(
    ["plus", "digits", "national"],
    "plus",
    "How trunks want numbers: +74951234567, 74951234567, 84951234567.",
  ),
  OUTBOUND_PREFIX: text("", "Put before every number that is dialled.", {
    pattern: /^[0-9*#+]{0,8}$/,
    expected: "at most eight digits",
  }),
  VECHE_SIP_RING_TIMEOUT: duration("60s", "How long it rings at the other end.", { min: 5_000, max: 180_000 }),

  VECHE_SIP_MAX_CALLS: integer(100, { min: 0, max: 10_000 }, "Calls at a time, where there are ports for them."),
  VECHE_SIP_MAX_CALL_DURATION: duration("4h", "A call ends after this; 0: never."),
  VECHE_SIP_MAX_DIALOUT: integer(20, { min: 0, max: 10_000 }, "Calls out at a time."),
  VECHE_SIP_MAX_DIALOUT_PER_ROOM: integer(5, { min: 0, max: 1_000 }, "The same of one room."),
  VECHE_SIP_MAX_DIALOUT_PER_PERSON: integer(3, { min: 0, max: 1_000 }, "The same of one person."),
  VECHE_SIP_HOURLY_DIALOUT: integer(100, { min: 0, max: 100_000 }, "Calls out within an hour."),
  VECHE_SIP_HOURLY_DIALOUT_PER_PERSON: integer(20, { min: 0, max: 100_000 }, "The same of one person."),
  XMPP_DOMAIN: text("meet.jitsi", "XMPP domain."),
  XMPP_MUC_DOMAIN: text("muc.meet.jitsi", "Domain of the rooms."),
};

export type Config = ConfigOf<typeof schema>;

/** Of this gateway, kept from start to start. */
export function gatewayIdOf(config: Pick<Config, "VECHE_GATEWAY_ID">): string {
  return config.VECHE_GATEWAY_ID === "" ? hostname() : config.VECHE_GATEWAY_ID;
}
