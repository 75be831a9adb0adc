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
  number,
  port,
  secret,
  text,
  url,
} from "@veche/kit/config.ts";
import { privateAddressSchema } from "@veche/kit/own-address.ts";
import { privateTlsSchema } from "@veche/kit/private-tls/private-tls.ts";
import { relayPorts } from "@veche/kit/relay-port.ts";

export const schema = {
  ...commonSchema,
  VECHE_RECORDER_ID: text("", "Name of this recorder, kept from start to start.", { defaultText: "(host name)" }),
  JIBRI_HTTP_API_EXTERNAL_PORT: port(2222, "Private HTTP: Jibri's API, the library, health, metrics."),
  JIBRI_HTTP_API_INTERNAL_PORT: port(3333, "HTTP on the loopback: gracefulShutdown, shutdown."),
  JIBRI_HTTP_API_ADDRESS: text("127.0.0.1", "Address that HTTP listens on."),
  VECHE_RECORDER_HTTP_ORIGIN: url(
    "",
    "Where web and other recorders reach that HTTP; empty: VECHE_PRIVATE_ADDRESS and the port.",
    { protocols: ["http", "https"] },
  ),
  ...privateAddressSchema,
  ...privateTlsSchema,
  JIBRI_RECORDING_DIR: text("data/recordings", "Where recordings are kept, a folder each."),
  JIBRI_RECORDING_RESOLUTION: text("1280x720", "Width and height of composites.", {
    pattern: /^[1-9]\d{2,3}x[1-9]\d{2,3}$/,
    expected: "like 1280x720",
  }),
  JIBRI_RECORDING_FRAMERATE: integer(25, { min: 5, max: 60 }, "Frames a second of composites."),
  JIBRI_RECORDING_CONSTANT_RATE_FACTOR: integer(25, { min: 0, max: 51 }, "Quality of H.264: less is better."),
  JIBRI_RECORDING_STREAMING_MAX_BITRATE: integer(2976, { min: 200, max: 50_000 }, "kbit/s at most while it goes live."),
  JIBRI_FINALIZE_RECORDING_SCRIPT_PATH: text("", "Program that is run with a recording's folder when it is whole."),
  JIBRI_WEBHOOK_SUBSCRIBERS: list([], "Base addresses that are told of each change, as Jibri tells them."),
  JIBRI_USAGE_TIMEOUT: duration("0s", "A recording or stream ends after this; 0: never."),
  JIBRI_STATS_INTERVAL: duration("5s", "How often load is told.", { min: 1_000 }),
  VECHE_RECORDER_MAX_COMPOSITES: integer(2, { min: 0, max: 100 }, "Composites at a time, whatever the load."),
  VECHE_RECORDER_MAX_TRACKS: integer(50, { min: 0, max: 1_000 }, "Recordings of tracks or sound at a time."),
  VECHE_RECORDER_MAX_CPU: number(0.85, { min: 0.1, max: 1 }, "Load of the machine from which on nothing is taken."),
  VECHE_RECORDER_MIN_MEMORY: integer(700, { min: 0, max: 1_000_000 }, "MiB that must be free for one composite more."),
  VECHE_RECORDER_MIN_DISK: integer(2_048, { min: 0, max: 100_000_000 }, "MiB that stay free: less ends recordings."),
  VECHE_RECORDER_WARN_DISK: integer(5_120, { min: 0, max: 100_000_000 }, "MiB of free disk below which it is warned."),
  VECHE_RECORDER_STREAM_HOSTS: list([], "Hosts that may be streamed to; empty: any with a public address."),
  VECHE_RECORDER_ALLOW_PRIVATE_STREAMS: flag(false, "Streams may go to private addresses."),
  VECHE_RECORDER_KEEP: duration("0s", "Recordings are removed after this; 0: never."),
  VECHE_RECORDER_RELAY_ADDRESS: text("", "Address where bridges send tracks to; empty: VECHE_PRIVATE_ADDRESS.", {
    defaultText: "(found out)",
  }),
  VECHE_RECORDER_RELAY_PORTS: relayPorts("20100-20199", "UDP ports for them; empty: any."),
  VECHE_WEB_ORIGIN: url("http://127.0.0.1:8000", "Where the recorder's browser opens the web app.", {
    protocols: ["http", "https"],
  }),
  VECHE_WEB_CA_FILE: text("", "Certificate of the private authority that signed the web app's, where one did."),
  CHROMIUM_PATH: text("/usr/bin/chromium", "The browser of composites."),
  FFMPEG_PATH: text("ffmpeg", "ffmpeg, which has ffprobe beside it."),
  PUBLIC_URL: url("", "The address people type; stands in what is kept beside recordings.", {
    protocols: ["http", "https"],
  }),
  XMPP_MUC_DOMAIN: text("muc.meet.jitsi", "Domain of the rooms."),
  XMPP_HIDDEN_DOMAIN: alsoNamed(text("hidden.meet.jitsi", "Domain of recorders."), "XMPP_RECORDER_DOMAIN"),
  JIBRI_RECORDER_USER: text("recorder", "Account of recorders on the hidden domain."),
  JIBRI_RECORDER_PASSWORD: secret("Its password; while it is empty there are no composites.", { default: "" }),
  VECHE_RECORDINGS_UPLOAD: choice(["none", "s3", "webdav"], "none", "Where finished recordings go besides."),
  VECHE_RECORDINGS_UPLOAD_URL: url("", "s3: endpoint with the bucket as its path; webdav: folder.", {
    protocols: ["http", "https"],
  }),
  VECHE_RECORDINGS_UPLOAD_USER: text("", "Access key id, or user."),
  VECHE_RECORDINGS_UPLOAD_PASSWORD: secret("Secret access key, or password.", { default: "" }),
  VECHE_RECORDINGS_UPLOAD_REGION: text("us-east-1", "Region of S3."),
  VECHE_RECORDINGS_KEEP_LOCAL: flag(true, "Keeps the files here after they were uploaded."),
};

export type Config = ConfigOf<typeof schema>;

/** Of this recorder, kept from start to start. */
export function recorderIdOf(config: Pick<Config, "VECHE_RECORDER_ID">): string {
  return config.VECHE_RECORDER_ID === "" ? hostname() : config.VECHE_RECORDER_ID;
}
