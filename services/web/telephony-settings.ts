import { type ConfigOf, url } from "@veche/kit/config.ts";
import type { TelephonySettings } from "./domain/telephony-config.ts";

const address = { protocols: ["https", "http"] };

/** Where clients learn how to dial in, by docker-jitsi-meet's names. */
export const telephonySchema = {
  DIALIN_NUMBERS_URL: url("", "Numbers for dialling in; empty: our gateways', while there is or was one.", address),
  CONFCODE_URL: url("", "Codes for dialling in; empty: likewise.", address),
};

export function telephonySettings(config: ConfigOf<typeof telephonySchema>): TelephonySettings {
  return { numbersUrl: config.DIALIN_NUMBERS_URL, codeUrl: config.CONFCODE_URL };
}
