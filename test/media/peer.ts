/** A browser that talks to a bridge as a Jitsi client does, with the test in the place of xmpp and focus. */
import type { Bus } from "@veche/kit/bus.ts";
import type { Announcement, CreateEndpointResponse } from "@veche/proto/gen/veche/bridge/v1/bridge_pb.ts";
import type { Source } from "@veche/proto/gen/veche/media/v1/media_pb.ts";
import { bridge as subjects } from "@veche/proto/subjects.ts";
import type { Browser, Page } from "playwright-core";
import { type MediaLine, mungeSimulcast, type OfferOptions, readAnswer, writeOffer } from "./sdp.ts";

const here = { bridge: "jvb-test" };

export type Reception = {
  readonly ssrc: number;
  readonly kind: "audio" | "video";
  readonly frames: number;
  readonly height: number;
  readonly packets: number;
  readonly energy: number;
};

export class BrowserPeer {
  readonly id: string;
  readonly #page: Page;
  readonly #bus: Bus;
  readonly #conference: string;
  readonly #options: OfferOptions;
  readonly #lines: MediaLine[] = [];
  #version = 1;
  offer: CreateEndpointResponse | undefined;

  private constructor(id: string, page: Page, bus: Bus, conference: string, options: OfferOptions) {
    this.id = id;
    this.#page = page;
    this.#bus = bus;
    this.#conference = conference;
    this.#options = options;
  }

  static async open(browser: Browser, bus: Bus, id: string, options: OfferOptions = {}): Promise<BrowserPeer> {
    const page = await browser.newPage();
    await page.goto("about:blank");
    await page.addScriptTag({ content: `(${inPage.toString()})()` });
    return new BrowserPeer(id, page, bus, "c1", options);
  }

  /** Invites the page, lets it accept, and returns what others are to be told. */
  async join(): Promise<readonly Announcement[]> {
    const addressed = { conference: this.#conference, epoch: 1n, endpoint: this.id, jingleSession: `s-${this.id}` };
    this.offer = await this.#bus.request(subjects.createEndpoint, here, { ...addressed, room: "room" });
    this.#lines.push(...sorted(this.offer.sources).map((source) => ({ source })));
    const answer = await this.#negotiate();
    const accepted = readAnswer(answer, this.id);
    const { announcements } = await this.#bus.request(subjects.connectEndpoint, here, { ...addressed, ...accepted });
    return announcements;
  }

  /** Applies what a source-add says, and tells the bridge so. */
  async hear(sources: readonly Source[]): Promise<void> {
    this.#lines.push(...sources.map((source) => ({ source })));
    await this.#negotiate();
    await this.#bus.request(subjects.resumeSources, here, {
      conference: this.#conference,
      epoch: 1n,
      endpoint: this.id,
      names: sources.map(({ name }) => name),
    });
  }

  async #negotiate(): Promise<string> {
    if (!this.offer) throw new Error("not invited");
    const offer = writeOffer(this.offer, this.#lines, this.#version++, this.#options);
    const draft = await this.#page.evaluate((sdp) => (globalThis as unknown as InPage).vechePeer.answer(sdp), offer);
    const answer = this.#version === 2 ? mungeSimulcast(draft) : draft;
    await this.#page.evaluate((sdp) => (globalThis as unknown as InPage).vechePeer.apply(sdp), answer);
    return answer;
  }

  state(): Promise<string> {
    return this.#page.evaluate(() => (globalThis as unknown as InPage).vechePeer.state());
  }

  received(): Promise<Reception[]> {
    return this.#page.evaluate(() => (globalThis as unknown as InPage).vechePeer.received());
  }

  async close(): Promise<void> {
    await this.#page.close();
  }
}

/** The bridge's own sources first, as an offer has them. */
function sorted(sources: readonly Source[]): Source[] {
  return sources.toSorted((a, b) => Number(b.owner === "jvb") - Number(a.owner === "jvb"));
}

type InPage = {
  vechePeer: {
    answer(offer: string): Promise<string>;
    apply(answer: string): Promise<void>;
    state(): string;
    received(): Promise<Reception[]>;
  };
};

/** Runs in the page: a peer connection with a moving picture and a tone. */
function inPage(): void {
  const connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  const sinks: HTMLMediaElement[] = [];
  connection.ontrack = ({ track }) => {
    const sink = document.createElement(track.kind as "audio" | "video");
    sink.srcObject = new MediaStream([track]);
    sink.autoplay = true;
    sink.muted = track.kind === "video";
    sinks.push(sink);
    document.body?.append(sink);
  };
  let added: Promise<void> | undefined;
  const addOwn = async () => {
    const canvas = document.createElement("canvas");
    canvas.width = 1280;
    canvas.height = 720;
    const pen = canvas.getContext("2d");
    let frame = 0;
    setInterval(() => {
      if (!pen) return;
      pen.fillStyle = `hsl(${(frame * 7) % 360} 80% 50%)`;
      pen.fillRect(0, 0, 1280, 720);
      pen.fillStyle = "#fff";
      pen.fillRect((frame++ * 16) % 1280, 300, 100, 100);
    }, 66);
    const context = new AudioContext();
    const tone = new OscillatorNode(context, { frequency: 440 });
    const out = new MediaStreamAudioDestinationNode(context);
    tone.connect(out);
    tone.start();
    for (const track of [...out.stream.getAudioTracks(), ...canvas.captureStream(15).getVideoTracks()])
      connection.addTrack(track);
  };
  (globalThis as unknown as InPage).vechePeer = {
    async answer(offer) {
      added ??= addOwn();
      await added;
      await connection.setRemoteDescription({ type: "offer", sdp: offer });
      return (await connection.createAnswer()).sdp ?? "";
    },
    async apply(answer) {
      await connection.setLocalDescription({ type: "answer", sdp: answer });
    },
    state: () => `${connection.iceConnectionState} ${connection.connectionState}`,
    async received() {
      const found: Reception[] = [];
      for (const [, stat] of (await connection.getStats()) as unknown as Map<string, Record<string, unknown>>) {
        if (stat.type !== "inbound-rtp") continue;
        found.push({
          ssrc: stat.ssrc as number,
          kind: stat.kind as "audio" | "video",
          frames: (stat.framesDecoded as number | undefined) ?? 0,
          height: (stat.frameHeight as number | undefined) ?? 0,
          packets: (stat.packetsReceived as number | undefined) ?? 0,
          energy: (stat.totalAudioEnergy as number | undefined) ?? 0,
        });
      }
      return found;
    },
  };
}
