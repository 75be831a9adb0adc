/** The line of one client: pages, signalling and media pass through it until it is cut. */
import { readFile } from "node:fs/promises";
import type { LocalStack } from "@veche/deploy/local/stack.ts";
import type { Page } from "playwright-core";
import { ShapedLink } from "./shaped-link.ts";
import { TcpRelay } from "./tcp-relay.ts";

const script = readFile(new URL("./page/line.js", import.meta.url), "utf8");

export class Line implements AsyncDisposable {
  readonly #web: TcpRelay;
  readonly #media: ShapedLink;
  readonly #mediaPort: number;

  private constructor(web: TcpRelay, media: ShapedLink, mediaPort: number) {
    this.#web = web;
    this.#media = media;
    this.#mediaPort = mediaPort;
  }

  static async open({ ports }: LocalStack): Promise<Line> {
    return new Line(await TcpRelay.open(ports.http, 0), await ShapedLink.open(ports.media), ports.media);
  }

  roomUrl(room: string): string {
    return `http://localhost:${this.#web.port}/${encodeURIComponent(room)}`;
  }

  /** The page's media takes this line, over UDP. */
  async lead(page: Page): Promise<void> {
    const ports = { bridgePort: this.#mediaPort, linePort: this.#media.port };
    await page.addInitScript({ content: `globalThis.vecheLine = ${JSON.stringify(ports)};` });
    await page.addInitScript({ content: await script });
  }

  cut(): void {
    this.#web.hold();
    this.cutMedia();
  }

  cutMedia(): void {
    this.#media.shape({ isCut: true });
  }

  mend(): void {
    this.#web.release();
    this.#media.shape({});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#web[Symbol.asyncDispose]();
    await this.#media[Symbol.asyncDispose]();
  }
}
