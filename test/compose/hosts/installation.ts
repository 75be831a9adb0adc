/** An installation on several hosts, as an administrator makes it: by the commands of compose/README.md. */

import { type Place, Roads } from "../../harness/roads.ts";
import { bridgeFiles, Host } from "./host.ts";
import { buildImages, imageOf, natsImage, removeImages, imageSettings as settings, tokenIn } from "./images.ts";

const signallingFiles = ["compose/signalling.yml", "compose/hosts.yml", "test/compose/hosts/signalling.yml"];
const placements = { bridge: "videobridge", recorder: "recorder", gateway: "sip-gateway" } as const;
const filesOf = {
  bridge: bridgeFiles,
  recorder: ["compose/recorder.yml"],
  gateway: ["compose/gateway.yml"],
} as const;

type Settings = Readonly<Record<string, string>>;

export type Placement = keyof typeof placements;

export class Installation implements AsyncDisposable {
  readonly signalling: Host;
  readonly #roads: Roads;
  readonly #owned: AsyncDisposableStack;

  private constructor(signalling: Host, roads: Roads, owned: AsyncDisposableStack) {
    this.signalling = signalling;
    this.#roads = roads;
    this.#owned = owned;
  }

  /** Builds the images once, and starts the signalling host. */
  static async open(): Promise<Installation> {
    await using stack = new AsyncDisposableStack();
    stack.defer(removeImages);
    await buildImages("recorder", "sip");
    const roads = stack.use(await Roads.open());
    const signalling = stack.use(await Host.start(await roads.lead("signalling", 1)));
    await signalling.load([...["secrets", "xmpp", "focus", "web"].map(imageOf), await natsImage()]);
    await signalling.up(signallingFiles, settings);
    return new Installation(signalling, roads, stack.move());
  }

  /** With images for that placement, and nothing started. */
  async addHost(name: string, number: number, placement: Placement = "bridge"): Promise<Host> {
    const host = this.#owned.use(await Host.start(await this.#roads.lead(name, number)));
    await host.load([imageOf("secrets"), imageOf(placements[placement])]);
    return host;
  }

  roomUrl(room: string): string {
    return `https://${this.signalling.place.address}/${room}`;
  }

  inSignalling(...args: readonly string[]): Promise<string> {
    return this.signalling.compose(signallingFiles, settings, ...args);
  }

  /** What an administrator is shown on the signalling host. */
  async token(host: Host, placement: Placement): Promise<string> {
    const { name, address } = host.place;
    const role = placements[placement];
    return tokenIn(await this.inSignalling("run", "--rm", "hosts", "add", role, "--name", name, "--at", address));
  }

  /** The one command on the other host; without a token as at later starts. */
  start(
    host: Host,
    placement: Placement,
    token = "",
    more: Settings = {},
    overlays: readonly string[] = [],
  ): Promise<void> {
    return host.up([...filesOf[placement], ...overlays], { ...settings, ...more, VECHE_JOIN: token });
  }

  async join(host: Host, placement: Placement): Promise<void> {
    await this.start(host, placement, await this.token(host, placement));
  }

  /** This machine, as the hosts reach it. */
  get machine(): Place {
    return this.#roads.machine;
  }

  cut(host: Host): Promise<void> {
    return this.#roads.cut(host.place);
  }

  heal(host: Host): Promise<void> {
    return this.#roads.heal(host.place);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}
