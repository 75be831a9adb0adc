/** GStreamer from Debian's packages, one gst-launch-1.0 for a conference: https://gstreamer.freedesktop.org/documentation/audiomixer/ */
import { spawnSync } from "node:child_process";
import { freePort } from "@veche/kit/testing/free-port.ts";
import type { LegCodec } from "@veche/sip-gateway/sound/sound.ts";
import { debianVersion, findProgram, Program } from "../../process.ts";
import type { Contestant } from "../../rounds.ts";
import type { Places, Wanted } from "../sound-process.ts";
import type { Mixer } from "./mixer.ts";

type Elements = {
  readonly caps: string;
  readonly rateHz: number;
  readonly decode: readonly string[];
  readonly encode: readonly string[];
};

const packetNs = 20_000_000;
const g711 = (name: string, law: string): Elements => ({
  caps: `clock-rate=8000,encoding-name=${name}`,
  rateHz: 8_000,
  decode: [`rtp${name.toLowerCase()}depay`, `${law}dec`],
  encode: [`${law}enc`, `rtp${name.toLowerCase()}pay`],
});
/** As our own codecs: the same rates, for Opus the same bitrate, complexity and purpose. */
const elements: Readonly<Record<LegCodec, Elements>> = {
  PCMA: g711("PCMA", "alaw"),
  PCMU: g711("PCMU", "mulaw"),
  G722: {
    caps: "clock-rate=8000,encoding-name=G722",
    rateHz: 16_000,
    decode: ["rtpg722depay", "avdec_g722"],
    encode: ["avenc_g722", "rtpg722pay"],
  },
  opus: {
    caps: "clock-rate=48000,encoding-name=OPUS",
    rateHz: 48_000,
    decode: ["rtpopusdepay", "opusdec"],
    encode: ["opusenc audio-type=voice bitrate=32000 complexity=4 frame-size=20", "rtpopuspay"],
  },
};
/** Time for its many threads to have everything there when it is mixed; costs delay, which is not measured. */
const slack = { jitterBufferMs: 20, mixerNs: packetNs };

/** Each leg is decoded once and split for the mixers of all others; sixteen bits all the way, which spares it conversions. */
export function conferencePipeline(legs: readonly Wanted[], ports: readonly number[]): readonly string[] {
  const described = legs.flatMap(({ media }, index) => {
    const { caps, rateHz, decode, encode } = elements[media.codec];
    const raw = `audio/x-raw,format=S16LE,rate=${rateHz},channels=1`;
    const [encoder = "", payloader = ""] = encode;
    const heard = [
      `udpsrc address=127.0.0.1 port=${ports[index]} caps=application/x-rtp,media=audio,payload=${media.payloadType},${caps}`,
      `rtpjitterbuffer latency=${slack.jitterBufferMs}`,
      ...decode,
      raw,
      `tee name=leg${index}`,
    ];
    const said = [
      `audiomixer name=mix${index} output-buffer-duration=${packetNs} latency=${slack.mixerNs}`,
      raw,
      encoder,
      `${payloader} pt=${media.payloadType} min-ptime=${packetNs} max-ptime=${packetNs}`,
      `udpsink host=${media.remote.ip} port=${media.remote.port} sync=false async=false`,
    ];
    return [heard.join(" ! "), said.join(" ! ")];
  });
  // Pads by name: gst-launch links none where both sides make them as they are asked for.
  const mixed = legs.flatMap((_, from) =>
    legs.flatMap((__, to) => (from === to ? [] : [`leg${from}.src_${to} ! mix${to}.sink_${from}`])),
  );
  return [...described, ...mixed].join(" ").split(" ");
}

class GStreamerMixer implements Mixer {
  #program: Program | undefined;

  async open(legs: readonly Wanted[]): Promise<readonly Places[]> {
    const ports: number[] = [];
    for (const _ of legs) ports.push(await freePort());
    const { PATH, HOME } = process.env;
    this.#program = new Program("gst-launch-1.0", ["-q", ...conferencePipeline(legs, ports)], { PATH, HOME });
    return ports.map((port) => ({ phone: { ip: "127.0.0.1", port }, bridge: undefined }));
  }

  get pid(): number {
    return this.#program?.pid ?? 0;
  }

  async until(isReady: () => boolean): Promise<void> {
    await this.#program?.until(async () => isReady());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program?.[Symbol.asyncDispose]();
  }
}

const packages = "gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-libav";
/** One of each package: mixer, Opus; jitter buffer, G.711; G.722. */
const needed = ["audiomixer", "opusenc", "rtpjitterbuffer", "alawenc", "avenc_g722"] as const;

function has(element: string): boolean {
  return spawnSync("gst-inspect-1.0", ["--exists", element]).status === 0;
}

export const gstreamer: Contestant<Mixer> = {
  name: "gstreamer",
  version: () =>
    findProgram("gst-launch-1.0") && needed.every(has) ? debianVersion("gstreamer1.0-plugins-base") : undefined,
  missing: `apt-get install --no-install-recommends ${packages}`,
  start: async () => new GStreamerMixer(),
};
