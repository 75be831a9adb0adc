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

const mixer = `output-buffer-duration=${packetNs} latency=${slack.mixerNs}`;

type Pipeline = (legs: readonly Wanted[], ports: readonly number[]) => readonly string[];

/** Each leg is split for the mixers of all others; sixteen bits all the way, which spares it conversions. */
export const mixerOfOthers: Pipeline = (legs, ports) => {
  const described = legs.flatMap((leg, index) => {
    const { heard, said } = sidesOf(leg, ports[index]);
    return [`${heard} ! tee name=leg${index}`, `audiomixer name=mix${index} ${mixer} ! ${said}`];
  });
  // Pads by name: gst-launch links none where both sides make them as they are asked for.
  const mixed = legs.flatMap((_, from) =>
    legs.flatMap((__, to) => (from === to ? [] : [`leg${from}.src_${to} ! mix${to}.sink_${from}`])),
  );
  return words([...described, ...mixed]);
};

/**
 * All are mixed once, and each leg gets that less its own: two sounds to mix for each, however many there are. In floating
 * point, as a sum that is cut off can't be taken apart. One's own waits for the sum in a queue.
 */
export const sumLessOwn: Pipeline = (legs, ports) => {
  const described = legs.flatMap((leg, index) => {
    const { heard, said, rateHz } = sidesOf(leg, ports[index]);
    const exact = rawCaps("F32LE", rateHz);
    return [
      `${heard} ! audioconvert ! ${exact} ! tee name=leg${index}`,
      `leg${index}.src_0 ! sum.sink_${index}`,
      `leg${index}.src_1 ! audioamplify amplification=-1 clipping-method=none ! queue ! mix${index}.sink_0`,
      `all.src_${index} ! mix${index}.sink_1`,
      `audiomixer name=mix${index} ${mixer} ! ${exact} ! audioconvert dithering=none ! ${said}`,
    ];
  });
  return words([`audiomixer name=sum ${mixer} ! tee name=all`, ...described]);
};

/** What comes from a telephone, until it is sound; and sound until it goes to it. */
function sidesOf({ media }: Wanted, port: number | undefined) {
  const { caps, rateHz, decode, encode } = elements[media.codec];
  const raw = rawCaps("S16LE", rateHz);
  const [encoder = "", payloader = ""] = encode;
  const heard = [
    `udpsrc address=127.0.0.1 port=${port} caps=application/x-rtp,media=audio,payload=${media.payloadType},${caps}`,
    `rtpjitterbuffer latency=${slack.jitterBufferMs}`,
    ...decode,
    raw,
  ];
  const said = [
    raw,
    encoder,
    `${payloader} pt=${media.payloadType} min-ptime=${packetNs} max-ptime=${packetNs}`,
    `udpsink host=${media.remote.ip} port=${media.remote.port} sync=false async=false`,
  ];
  return { heard: heard.join(" ! "), said: said.join(" ! "), rateHz };
}

function rawCaps(format: string, rateHz: number): string {
  return `audio/x-raw,format=${format},rate=${rateHz},channels=1`;
}

function words(described: readonly string[]): readonly string[] {
  return described.join(" ").split(" ");
}

class GStreamerMixer implements Mixer {
  readonly #pipeline: Pipeline;
  #program: Program | undefined;

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
  }

  async open(legs: readonly Wanted[]): Promise<readonly Places[]> {
    const ports: number[] = [];
    for (const _ of legs) ports.push(await freePort());
    const { PATH, HOME } = process.env;
    this.#program = new Program("gst-launch-1.0", ["-q", ...this.#pipeline(legs, ports)], { PATH, HOME });
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
/** Of each package. */
const needed = ["audiomixer", "opusenc", "audioamplify", "rtpjitterbuffer", "avenc_g722"] as const;

function has(element: string): boolean {
  return spawnSync("gst-inspect-1.0", ["--exists", element]).status === 0;
}

const contestant = (name: string, pipeline: Pipeline): Contestant<Mixer> => ({
  name,
  version: () =>
    findProgram("gst-launch-1.0") && needed.every(has) ? debianVersion("gstreamer1.0-plugins-base") : undefined,
  missing: `apt-get install --no-install-recommends ${packages}`,
  start: async () => new GStreamerMixer(pipeline),
});

export const gstreamer: Contestant<Mixer> = contestant("gstreamer", mixerOfOthers);
export const gstreamerSum: Contestant<Mixer> = contestant("gst-sum", sumLessOwn);
