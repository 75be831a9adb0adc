/** The unmodified lib-jitsi-meet in a page of the server's origin, as another site's page would use it. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { openStage, withoutBrowser } from "../harness/browser.ts";
import type { Identity } from "../harness/identities.ts";
import type { Scene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

export type PeerEvent = { readonly name: string; readonly detail: string; readonly atMs: number };

export type PeerJoin = {
  /** Address and password of an account; otherwise a guest. */
  readonly id?: string;
  readonly password?: string;
  /** JWT. */
  readonly token?: string;
  readonly isBosh?: boolean;
  readonly roomPassword?: string;
  /** No camera, no microphone: for what is not about media. */
  readonly isWithoutMedia?: boolean;
};

export type PeerPage = {
  /** The scene's, unless another is given. */
  readonly browser?: Browser;
  /** What config.js does for Jitsi's own web app is left in place; other sites have a config of their own. */
  readonly isHelped?: boolean;
};

/** Both ways to signal; tests of what differs between them go both. */
export const ways = [
  ["WebSocket", {}],
  ["BOSH", { isBosh: true }],
] as const satisfies readonly (readonly [string, PeerJoin])[];

/** Why there is no peer to test with, or false. */
export function withoutPeer(): string | false {
  const path = process.env.VECHE_LIB_JITSI_MEET;
  if (path === undefined || path === "") return "VECHE_LIB_JITSI_MEET does not name a lib-jitsi-meet.min.js";
  if (!existsSync(path)) return `VECHE_LIB_JITSI_MEET names ${path}, which is not there`;
  return withoutBrowser();
}

export class Peer {
  readonly page: Page;
  readonly #isHelped: boolean;
  #seen = 0;

  constructor(page: Page, isHelped: boolean) {
    this.page = page;
    this.#isHelped = isHelped;
  }

  /** A page of their own with the library loaded. */
  static async open({ browser, stack }: Scene, identity: Identity, given: PeerPage = {}): Promise<Peer> {
    const peer = new Peer(await openStage(given.browser ?? browser, identity), given.isHelped ?? false);
    await peer.#load(stack.local.urls.http);
    return peer;
  }

  /** The page is loaded again; what its browser keeps is still there. */
  async reload(): Promise<void> {
    this.#seen = 0;
    await this.#load(new URL(this.page.url()).origin);
  }

  /** A page of their own, and in the room, without camera and microphone. */
  static async enter(scene: Scene, room: string, identity: Identity, join: PeerJoin = {}): Promise<Peer> {
    const peer = await Peer.open(scene, identity);
    await peer.join(room, identity.name, { isWithoutMedia: true, ...join });
    return peer;
  }

  join(room: string, name: string, options: PeerJoin = {}): Promise<void> {
    return this.#evaluate(`peer.join(${list(room, name, options)})`);
  }

  /** Once more, after a refusal. */
  enter(password?: string): Promise<void> {
    return this.#evaluate(`peer.enter(${list(password)})`);
  }

  /** A method of the conference, or of one of its parts: "enableLobby", "getPolls.createPoll". */
  call<T = void>(method: string, ...args: readonly unknown[]): Promise<T> {
    return this.#evaluate<T>(`peer.call(${JSON.stringify(method)}, [${list(...args)}])`);
  }

  events(): Promise<PeerEvent[]> {
    return this.page.evaluate<PeerEvent[]>("peer.events");
  }

  /** Resolves with the detail of the first such event there was. */
  heard(name: string, isIt: (detail: string) => boolean = () => true, timeoutMs = 10_000): Promise<string> {
    return this.#hears(0, name, isIt, timeoutMs);
  }

  /** What was heard until now counts no more for `hears`. */
  async listen(): Promise<void> {
    this.#seen = (await this.events()).length;
  }

  /** As `heard`, of what came since `listen`. */
  hears(name: string, isIt: (detail: string) => boolean = () => true, timeoutMs = 10_000): Promise<string> {
    return this.#hears(this.#seen, name, isIt, timeoutMs);
  }

  setMuted(kind: "audio" | "video", isMuted: boolean): Promise<void> {
    return this.#evaluate(`peer.setMuted("${kind}", ${isMuted})`);
  }

  shareScreen(): Promise<void> {
    return this.#evaluate("peer.shareScreen()");
  }

  say(text: string): Promise<void> {
    return this.#evaluate(`peer.say(${list(text)})`);
  }

  /** Cuts the WebSocket, as a network that changes does. */
  cutWebSocket(): Promise<void> {
    return this.#evaluate("peer.cutWebSocket()");
  }

  /** What the browser was told of the bridge. */
  remoteDescription(): Promise<string> {
    return this.#evaluate<string>("peer.remoteDescription()");
  }

  leave(): Promise<void> {
    return this.#evaluate("peer.leave()");
  }

  myId(): Promise<string> {
    return this.#evaluate<string>("peer.myId()");
  }

  jid(): Promise<string> {
    return this.#evaluate<string>("peer.jid()");
  }

  async isModerator(): Promise<void> {
    await eventually("is a moderator", async () => ((await this.call<boolean>("isModerator")) ? undefined : "is not"));
  }

  async #load(origin: string): Promise<void> {
    const library = await readFile(process.env.VECHE_LIB_JITSI_MEET ?? "", "utf8");
    const script = await readFile(new URL("./page/peer.js", import.meta.url), "utf8");
    // A document from the server itself: a browser does not let a made-up one talk to a local address.
    await this.page.goto(`${origin}/config.js`);
    await this.page.evaluate("globalThis.untold = RTCPeerConnection.prototype.setRemoteDescription");
    await this.page.addScriptTag({ url: "/config.js" });
    if (!this.#isHelped) await this.page.evaluate("RTCPeerConnection.prototype.setRemoteDescription = untold");
    for (const content of [library, script]) await this.page.addScriptTag({ content });
  }

  #evaluate<T = void>(script: string): Promise<T> {
    return this.page.evaluate<T>(script);
  }

  async #hears(from: number, name: string, isIt: (detail: string) => boolean, timeoutMs: number): Promise<string> {
    let found: PeerEvent | undefined;
    await eventually(
      `lib-jitsi-meet says ${name}`,
      async () => {
        const events = (await this.events()).slice(from);
        found = events.find((event) => event.name === name && isIt(event.detail));
        return found ? undefined : JSON.stringify(events);
      },
      { timeoutMs },
    );
    return found?.detail ?? "";
  }
}

function list(...args: readonly unknown[]): string {
  return args.map((arg) => JSON.stringify(arg) ?? "undefined").join(", ");
}
