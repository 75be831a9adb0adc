import { isIP, isIPv6 } from "node:net";
import { VecheError } from "@veche/kit/errors.ts";
import type { types } from "mediasoup";
import type { Config } from "../config.ts";
import { srtpSuite } from "../domain/plain-address.ts";
import type { Negotiated } from "../domain/rtp.ts";
import type {
  Consumption,
  MediaConsumer,
  MediaProducer,
  MediaRelay,
  PlainAddress,
  Production,
  TransportStats,
} from "./media-engine.ts";
import { consumeOn, crossOn, produceOn, readStats } from "./mediasoup-transport.ts";

export type RelayRules = {
  readonly listenAddress: string;
  /** What other bridges and gateways are told; looked up at each relay and call. */
  readonly address: () => string;
  readonly portMin: number;
  readonly portMax: number;
};

/**
 * Looked up at each relay, as the addresses that clients are told. A host in several networks has to be told by the one that
 * it sends from.
 */
export function readRelayRules(config: Config, reachedAt: (listenAddress: string) => string): RelayRules {
  const { VECHE_LISTEN_ADDRESS: listenAddress, JVB_RELAY_PORT_MIN: portMin, JVB_RELAY_PORT_MAX: portMax } = config;
  if (portMin > portMax)
    throw new VecheError(
      "invalid-argument",
      `JVB_RELAY_PORT_MAX: expected no less than JVB_RELAY_PORT_MIN (${portMin}), found ${portMax}`,
    );
  const address = () => config.JVB_RELAY_ADDRESS || reachedAt(listenAddress);
  return { listenAddress, address, portMin, portMax };
}

export async function createRelay(
  router: types.Router,
  speakers: types.ActiveSpeakerObserver,
  { listenAddress, address, portMin, portMax }: RelayRules,
): Promise<MediaRelay> {
  const announcedAddress = address();
  const ports = portMin === 0 ? {} : { portRange: { min: portMin, max: portMax } };
  try {
    const ip = listenAddress || everyAddressLike(announcedAddress);
    const transport = await router.createPlainTransport({
      listenInfo: {
        protocol: "udp",
        ip,
        announcedAddress,
        ...ports,
      },
      rtcpMux: true,
      enableSrtp: true,
      srtpCryptoSuite: srtpSuite,
    });
    return new MediasoupRelay(transport, speakers, isIP(ip));
  } catch (error) {
    if (!/port|bind|in use/i.test(String(error))) throw error;
    throw new VecheError(
      "resource-exhausted",
      `no UDP port of ${portMin} to ${portMax} is free for a relay or a call: widen JVB_RELAY_PORT_MIN to JVB_RELAY_PORT_MAX`,
      { cause: error },
    );
  }
}

function everyAddressLike(ip: string): string {
  return isIPv6(ip) ? "::" : "0.0.0.0";
}

/**
 * A PlainTransport, for gateways as well: a PipeTransport carries every layer of a source all the time, here each layer is a consumer that can
 * be paused by itself.
 */
class MediasoupRelay implements MediaRelay {
  readonly isPlain = true;
  readonly local: PlainAddress;
  readonly #transport: types.PlainTransport;
  readonly #speakers: types.ActiveSpeakerObserver;
  readonly #family: number;

  /** `family`: 4 or 6, of its socket. */
  constructor(transport: types.PlainTransport, speakers: types.ActiveSpeakerObserver, family: number) {
    this.#transport = transport;
    this.#speakers = speakers;
    this.#family = family;
    const { localAddress, localPort } = transport.tuple;
    const srtpKey = Buffer.from(transport.srtpParameters?.keyBase64 ?? "", "base64");
    this.local = { ip: localAddress, port: localPort, srtpKey };
  }

  async connect({ ip, port, srtpKey }: PlainAddress): Promise<void> {
    if (isIP(ip) !== this.#family)
      throw new VecheError(
        "invalid-argument",
        `${ip.slice(0, 64)}: expected an address of IPv${this.#family}, as this bridge has for relays and calls`,
      );
    const keyBase64 = Buffer.from(srtpKey).toString("base64");
    await this.#transport.connect({ ip, port, srtpParameters: { cryptoSuite: srtpSuite, keyBase64 } });
  }

  async cross(producer: MediaProducer, medium: Negotiated, layer: number | undefined): Promise<MediaConsumer> {
    return crossOn(this.#transport, producer, medium, layer);
  }

  async consume(producer: MediaProducer, receive: Negotiated, given: Consumption): Promise<MediaConsumer> {
    return consumeOn(this.#transport, producer, receive, given);
  }

  async produce(given: Production): Promise<MediaProducer> {
    return produceOn(this.#transport, this.#speakers, given);
  }

  async stats(): Promise<TransportStats> {
    const [stats] = await this.#transport.getStats();
    return readStats(stats);
  }

  close(): void {
    this.#transport.close();
  }
}
