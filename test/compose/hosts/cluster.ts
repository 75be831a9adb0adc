/** Three signalling hosts, as an administrator makes them out of one: by the commands of compose/README.md. */

import { movingAddress, Roads } from "../../harness/roads.ts";
import { bridgeFiles, Host } from "./host.ts";
import { buildImages, imageOf, imageSettings, natsImage, removeImages, tokenIn } from "./images.ts";

const names = ["host-1", "host-2", "host-3"] as const;
const aloneFiles = ["compose/signalling.yml", "compose/hosts.yml"];
const clusterFiles = [...aloneFiles, "compose/cluster.yml"];

export class Cluster implements AsyncDisposable {
  readonly hosts: readonly [Host, Host, Host];
  readonly #roads: Roads;
  readonly #owned: AsyncDisposableStack;

  private constructor(hosts: Cluster["hosts"], roads: Roads, owned: AsyncDisposableStack) {
    this.hosts = hosts;
    this.#roads = roads;
    this.#owned = owned;
  }

  /** Three hosts that have the images, and nothing started. */
  static async open(): Promise<Cluster> {
    await using stack = new AsyncDisposableStack();
    stack.defer(removeImages);
    await buildImages();
    const roads = stack.use(await Roads.open());
    const images = [...["secrets", "xmpp", "focus", "web", "videobridge"].map(imageOf), await natsImage()];
    const start = async (number: number) => {
      const host = stack.use(await Host.start(await roads.lead(names[number - 1] ?? "", number)));
      await host.load(images);
      return host;
    };
    const hosts = await Promise.all([start(1), start(2), start(3)]);
    await roads.takeMoving(hosts[0].place);
    return new Cluster(hosts, roads, stack.move());
  }

  roomUrl(room: string): string {
    return `https://${movingAddress}/${room}`;
  }

  /** The first, as long as it is the only one. */
  alone(...args: readonly string[]): Promise<string> {
    return this.hosts[0].compose(aloneFiles, this.#settingsAlone, ...args);
  }

  upAlone(): Promise<void> {
    return this.hosts[0].up(aloneFiles, this.#settingsAlone);
  }

  async token(host: Host): Promise<string> {
    const { name, address } = host.place;
    return tokenIn(await this.alone("run", "--rm", "hosts", "add", "signalling", "--name", name, "--at", address));
  }

  on(host: Host, ...args: readonly string[]): Promise<string> {
    return host.compose(clusterFiles, this.#settingsOf(host), ...args);
  }

  /** Those services, or all, as one of three. */
  up(host: Host, services: readonly string[] = [], token = ""): Promise<void> {
    return host.up(clusterFiles, { ...this.#settingsOf(host), VECHE_JOIN: token }, ...services);
  }

  /** A bridge beside one of the three. */
  async addBridge(host: Host): Promise<void> {
    const { name, address } = host.place;
    const nats = this.hosts.map(({ place }) => `tls://${place.address}:4222`).join(",");
    const words = ["--name", `bridge-${name}`, "--at", address, "--nats", nats];
    const token = tokenIn(await this.on(host, "run", "--rm", "hosts", "add", "videobridge", ...words));
    await host.up(bridgeFiles, { ...imageSettings, VECHE_JOIN: token });
  }

  /** For good: nothing of it is heard any more, not even that it is gone. */
  async lose(host: Host): Promise<void> {
    await this.#roads.cut(host.place);
    await host.lose();
  }

  /** Where people find it: the first host, until this is said of another. */
  moveTo(host: Host): Promise<void> {
    return this.#roads.takeMoving(host.place);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }

  get #settingsAlone() {
    return { ...imageSettings, PUBLIC_URL: `https://${movingAddress}` };
  }

  #settingsOf({ place: { name, address } }: Host) {
    return {
      ...this.#settingsAlone,
      NATS_CLUSTER: this.hosts.map(({ place }) => place.address).join(","),
      VECHE_PRIVATE_ADDRESS: address,
      VECHE_HOST_ID: name,
    };
  }
}
