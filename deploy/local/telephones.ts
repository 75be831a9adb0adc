/** What telephones take of this machine: a SIP server that Debian has a package for. */
import { findCommand } from "./recording.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** VECHE_SIP_GATEWAY=on or off; otherwise where a setting says where calls come from. */
export function areTelephonesWanted(env: Environment): boolean {
  const text = env.VECHE_SIP_GATEWAY ?? "";
  if (!["on", "off", ""].includes(text)) throw new Error(`VECHE_SIP_GATEWAY: expected on or off, found "${text}"`);
  if (text !== "") return text === "on";
  const settings = ["JIGASI_SIP_URI", "VECHE_SIP_TRUNKS_FILE", "VECHE_SIP_ALLOW_UNKNOWN"];
  return settings.some((name) => !["", "0", "false", undefined].includes(env[name]));
}

/** Programs that are not there, by the names of Debian's packages. */
export function missingForTelephones(env: Environment): string[] {
  return findCommand(env.KAMAILIO_PATH || "kamailio", env) ? [] : ["kamailio"];
}
