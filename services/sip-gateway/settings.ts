/** What the settings say, in the forms that the parts want. Throws `invalid-argument` with what was expected. */
import { readFileSync } from "node:fs";
import { VecheError } from "@veche/kit/errors.ts";
import type { Config } from "./config.ts";
import type { DialLimits, DialRules } from "./domain/dial-rules.ts";
import { type NumberRules, numberKey, readDialled } from "./domain/numbers.ts";
import type { RoomingRules } from "./domain/rooming.ts";
import { limits } from "./limits.ts";
import type { SdpRules } from "./sip/sdp.ts";
import type { Trunk } from "./sip/signalling.ts";
import type { SoundOptions } from "./sound/sound.ts";
import { readTrunks } from "./trunks.ts";

export function numberRules(config: Config): NumberRules {
  return {
    country: config.VECHE_SIP_COUNTRY,
    nationalPrefix: config.VECHE_SIP_NATIONAL_PREFIX,
    nationalLength: config.VECHE_SIP_NATIONAL_LENGTH,
    internationalPrefixes: config.VECHE_SIP_INTERNATIONAL_PREFIXES,
  };
}

export function dialRules(config: Config): DialRules {
  return {
    ...numberRules(config),
    allowed: config.VECHE_SIP_DIALOUT_PREFIXES,
    forbidden: config.VECHE_SIP_DIALOUT_FORBIDDEN,
    allowsInternational: config.VECHE_SIP_DIALOUT_INTERNATIONAL,
    hosts: config.VECHE_SIP_DIALOUT_HOSTS.map((host) => host.toLowerCase()),
    format: config.VECHE_SIP_DIALOUT_FORMAT,
    prefix: config.OUTBOUND_PREFIX,
  };
}

export function dialLimits(config: Config): DialLimits {
  return {
    calls: config.VECHE_SIP_MAX_DIALOUT,
    callsOfRoom: config.VECHE_SIP_MAX_DIALOUT_PER_ROOM,
    callsOfPerson: config.VECHE_SIP_MAX_DIALOUT_PER_PERSON,
    hourlyOfPerson: config.VECHE_SIP_HOURLY_DIALOUT_PER_PERSON,
    hourly: config.VECHE_SIP_HOURLY_DIALOUT,
  };
}

/** Each takes a port for RTP, an even one, and the next for RTCP. */
export function callsAtMost(config: Config): number {
  const { JIGASI_PORT_MIN: min, JIGASI_PORT_MAX: max, VECHE_SIP_MAX_CALLS: most } = config;
  if (min === 0) return most;
  const first = min + (min % 2);
  return Math.min(most, Math.max(0, Math.floor((max - first + 1) / 2)));
}

export function roomingRules(config: Config): RoomingRules {
  const numbers = numberRules(config);
  const rooms = config.VECHE_SIP_ROOMS.map((entry) => {
    const [, number = "", room = ""] = /^([^=]+)=(.+)$/.exec(entry) ?? [];
    if (room === "") throw invalid(`VECHE_SIP_ROOMS: expected number=room, found "${entry}"`);
    return [numberKey(number.trim(), numbers), room.trim()] as const;
  });
  return {
    roomHeader: config.JITSI_MEET_ROOM_HEADER_NAME.toLowerCase(),
    passwordHeader: config.JITSI_MEET_ROOM_PASS_HEADER_NAME.toLowerCase(),
    tenantHeader: config.JITSI_MEET_DOMAIN_TENANT_HEADER_NAME.toLowerCase(),
    rooms: new Map(rooms),
    dialIn: new Set(dialInNumbers(config).map(({ number }) => numberKey(number, numbers))),
    asksForCode: config.VECHE_SIP_CODES,
    defaultRoom: config.JIGASI_SIP_DEFAULT_ROOM,
    numbers,
  };
}

export type DialInNumber = { readonly country: string; readonly number: string };

export function dialInNumbers(config: Config): readonly DialInNumber[] {
  const numbers = numberRules(config);
  return config.VECHE_SIP_DIALIN_NUMBERS.map((entry) => {
    const [, country = "RU", number = ""] = /^(?:([A-Z]{2}):)?(.+)$/.exec(entry) ?? [];
    if (readDialled(number, numbers) === undefined)
      throw invalid(`VECHE_SIP_DIALIN_NUMBERS: expected a number like RU:+7 495 123-45-67, found "${entry}"`);
    return { country, number: number.trim() };
  });
}

const codecs = ["opus", "G722", "PCMA", "PCMU"] as const;

export function sdpRules(config: Config): SdpRules {
  const chosen = config.VECHE_SIP_CODECS.map((name) => {
    const codec = codecs.find((one) => one.toLowerCase() === name.toLowerCase());
    if (codec === undefined) throw invalid(`VECHE_SIP_CODECS: expected some of ${codecs.join(", ")}, found "${name}"`);
    return codec;
  });
  if (chosen.length === 0) throw invalid("VECHE_SIP_CODECS: expected one codec at least");
  return { codecs: chosen, srtp: config.JIGASI_ENABLE_SDES_SRTP ? "optional" : "off", packetMs: 20 };
}

export function soundOptions(config: Config): SoundOptions {
  return {
    address: config.VECHE_SIP_ADDRESS || "0.0.0.0",
    bridgeAddress: config.VECHE_GATEWAY_RELAY_ADDRESS || config.VECHE_PRIVATE_ADDRESS,
    bridgePorts: config.VECHE_GATEWAY_RELAY_PORTS,
    ports: { min: config.JIGASI_PORT_MIN, max: config.JIGASI_PORT_MAX },
    mediaTimeoutMs: limits.silentMs,
    maxSpeakers: config.VECHE_SIP_MAX_SPEAKERS,
    promptsDirectory: config.VECHE_SIP_PROMPTS_DIR,
  };
}

/** The account that Jigasi has, and those of the file. */
export function trunksOf(config: Config): readonly Trunk[] {
  const fromFile = config.VECHE_SIP_TRUNKS_FILE === "" ? [] : readTrunks(readText(config.VECHE_SIP_TRUNKS_FILE));
  const trunks = [...jigasiTrunk(config), ...fromFile];
  const names = new Set(trunks.map(({ name }) => name));
  if (names.size < trunks.length)
    throw invalid('VECHE_SIP_TRUNKS_FILE: expected each name once; "sip" is JIGASI_SIP_URI');
  return trunks;
}

function jigasiTrunk(config: Config): Trunk[] {
  if (config.JIGASI_SIP_URI === "") return [];
  const [user = "", domain = ""] = config.JIGASI_SIP_URI.replace(/^sips?:/, "").split("@");
  return [
    {
      name: "sip",
      server: config.JIGASI_SIP_SERVER === "" ? domain : config.JIGASI_SIP_SERVER,
      port: config.JIGASI_SIP_PORT,
      transport: ({ UDP: "udp", TCP: "tcp", TLS: "tls" } as const)[config.JIGASI_SIP_TRANSPORT],
      account: { user, domain, password: config.JIGASI_SIP_PASSWORD },
      registers: true,
      dialsOut: true,
      isTrusted: config.VECHE_SIP_TRUST_HEADERS,
      addresses: [],
    },
  ];
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new VecheError("invalid-argument", `VECHE_SIP_TRUNKS_FILE: can't read ${path}`, { cause });
  }
}

function invalid(message: string): VecheError {
  return new VecheError("invalid-argument", message);
}
