/** Opens composites of a meeting page, with the recorder's settings. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readConfig } from "@veche/kit/config.ts";
import { silentLog } from "@veche/kit/log.ts";
import { schema } from "../../config.ts";
import type { Composite } from "../../session/contract.ts";
import { openComposite } from "../open.ts";

export const chromiumPath = process.env.CHROMIUM_BIN ?? "/usr/bin/chromium";

/** For `test(name, { skip })`. */
export function withoutPrograms(): string | false {
  if (!existsSync(chromiumPath)) return "no Chromium here: install it, or name it in CHROMIUM_BIN";
  return spawnSync("ffmpeg", ["-version"], { stdio: "ignore" }).status === 0 ? false : "no ffmpeg here";
}

export function openFilm(
  origin: string,
  env: Readonly<Record<string, string>> = {},
  signal = new AbortController().signal,
): Promise<Composite> {
  const config = readConfig(schema, {
    VECHE_WEB_ORIGIN: origin,
    CHROMIUM_PATH: chromiumPath,
    JIBRI_RECORDER_PASSWORD: "secret",
    ...env,
  });
  const options = {
    meeting: {
      job: "j1",
      tenant: "main",
      room: "r1",
      session: "s1",
      roomName: "lesson",
      roomJid: "lesson@muc.meet.jitsi",
    },
    layout: "speaker",
    presence: { mode: "file", sessionId: "s1", viewUrl: "" },
    isLive: false,
    signal,
  } as const;
  return openComposite(options, { config, log: silentLog });
}
