/** What recording takes of this machine: programs that Debian has packages for. */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** Of the secret that recorders sign in with, in the data directory and in the volumes. */
export const recorderPasswordName = "recorder-password";

const browsers = ["chromium", "chromium-browser", "google-chrome"];

/** The path of CHROMIUM_BIN, or of the first browser of its kind that is installed. */
export function findChromium(env: Environment): string | undefined {
  return env.CHROMIUM_BIN || browsers.map((name) => findCommand(name, env)).find((path) => path !== undefined);
}

/** Programs that are not there, by the names of Debian's packages. */
export function missingForRecording(env: Environment): string[] {
  const browser = env.CHROMIUM_PATH ? findCommand(env.CHROMIUM_PATH, env) : findChromium(env);
  const encoder = findCommand(env.FFMPEG_PATH || "ffmpeg", env);
  return [...(browser ? [] : ["chromium"]), ...(encoder ? [] : ["ffmpeg"])];
}

/** VECHE_RECORDER=off: not even where everything is there. */
export function isRecordingWanted(env: Environment): boolean {
  const text = env.VECHE_RECORDER ?? "on";
  if (!["on", "off", ""].includes(text)) throw new Error(`VECHE_RECORDER: expected on or off, found "${text}"`);
  return text !== "off";
}

/** The path of a program. */
export function findCommand(name: string, env: Environment): string | undefined {
  const paths = name.includes("/") ? [name] : (env.PATH ?? "").split(delimiter).map((folder) => join(folder, name));
  return paths.find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
