import type { Failure } from "./inputs.ts";
import { type CaptureMode, captureModes, type Layout, layouts } from "./recording-job.ts";

export const wishLimits = {
  /** Characters. */
  appData: 8_192,
  streamUrl: 1_024,
  viewUrl: 1_024,
  targets: 5,
} as const;

/** What `app_data` says beside what the recording is to be remembered by. */
export type AppData = {
  readonly mode: CaptureMode;
  readonly layout: Layout | undefined;
  /** JSON object. */
  readonly metadata: string;
};

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** `{"file_recording_metadata":{…},"veche":{"mode":"tracks","layout":"grid"}}`; fields that nobody knows are passed over. */
export function readAppData(text: string): Parsed<AppData> {
  if (text.trim() === "") return { ok: true, value: { mode: "composite", layout: undefined, metadata: "{}" } };
  if (text.length > wishLimits.appData) return bad(`app_data has ${wishLimits.appData} characters at most`);
  const data = parseJson(text);
  if (!isRecord(data)) return bad("app_data is a JSON object");
  const { file_recording_metadata: metadata = {}, veche = {} } = data;
  if (!isRecord(metadata)) return bad("file_recording_metadata is a JSON object");
  if (!isRecord(veche)) return bad("veche in app_data is a JSON object");
  const { mode: modeText = "composite", layout: layoutText } = veche;
  const mode = captureModes.find((one) => one === modeText);
  if (!mode) return bad("mode is composite, tracks or audio");
  const layout = layouts.find((one) => one === layoutText);
  if (layoutText !== undefined && !layout) return bad("layout is speaker, grid or screen");
  return { ok: true, value: { mode, layout, metadata: JSON.stringify(metadata) } };
}

const youtube = "rtmp://a.rtmp.youtube.com/live2/";

/** An address of RTMP or RTMPS, or the bare key of a stream to YouTube. What was given is never part of the refusal. */
export function readStreamUrl(text: string): Parsed<string> {
  const given = text.trim();
  if (given === "") return bad("where to? a stream needs an address of RTMP or a key");
  if (given.length > wishLimits.streamUrl) return bad(`the address has ${wishLimits.streamUrl} characters at most`);
  if (/^[\w-]{4,128}$/.test(given)) return { ok: true, value: youtube + given };
  const isAscii = /^[\x21-\x7e]+$/.test(given);
  const found = isAscii && URL.canParse(given) ? new URL(given) : undefined;
  const isRtmp = found !== undefined && ["rtmp:", "rtmps:"].includes(found.protocol) && found.hostname !== "";
  return isRtmp ? { ok: true, value: given } : bad("that is neither an address of RTMP or RTMPS nor a key");
}

/** Where people watch: an address, or the id that YouTube knows the broadcast by. */
export function readViewUrl(text: string): Parsed<string> {
  const given = text.trim();
  if (given === "") return { ok: true, value: "" };
  if (/^[\w-]{4,64}$/.test(given)) return { ok: true, value: `http://youtu.be/${given}` };
  const isLink = given.length <= wishLimits.viewUrl && URL.canParse(given) && /^https?:$/.test(new URL(given).protocol);
  return isLink ? { ok: true, value: given } : bad("where a stream is watched is an address of HTTP or an id");
}

/** Host and protocol of a target, which may be told. */
export function tellableOf(url: string): { readonly host: string; readonly protocol: string } {
  const { hostname, protocol } = URL.canParse(url) ? new URL(url) : { hostname: "", protocol: "" };
  return { host: hostname, protocol: protocol.replace(":", "") };
}

function bad(message: string): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: { code: "invalid-argument", message } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
