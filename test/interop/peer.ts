/** The unmodified lib-jitsi-meet in a page of the server's origin, as another site's page would use it. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { openStage, withoutBrowser } from "../harness/browser.ts";
import type { Identity } from "../harness/identities.ts";
import { eventually } from "../harness/wait.ts";

export type PeerEvent = { readonly name: string; readonly detail: string; readonly atMs: number };

/** Why there is no peer to test with, or false. */
export function withoutPeer(): string | false {
  const path = process.env.VECHE_LIB_JITSI_MEET;
  if (path === undefined || path === "") return "VECHE_LIB_JITSI_MEET does not name a lib-jitsi-meet.min.js";
  if (!existsSync(path)) return `VECHE_LIB_JITSI_MEET names ${path}, which is not there`;
  return withoutBrowser();
}

export class Peer {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  static async open(browser: Browser, origin: string, identity: Identity): Promise<Peer> {
    const stage = await openStage(browser, identity);
    const library = await readFile(process.env.VECHE_LIB_JITSI_MEET ?? "", "utf8");
    const script = await readFile(new URL("./page/peer.js", import.meta.url), "utf8");
    // A document from the server itself: a browser does not let a made-up one talk to a local address.
    await stage.goto(`${origin}/config.js`);
    await stage.addScriptTag({ url: "/config.js" });
    for (const content of [library, script]) await stage.addScriptTag({ content });
    return new Peer(stage);
  }

  join(room: string, name: string): Promise<void> {
    return this.page.evaluate<void>(`peer.join(${JSON.stringify(room)}, ${JSON.stringify(name)})`);
  }

  events(): Promise<PeerEvent[]> {
    return this.page.evaluate<PeerEvent[]>("peer.events");
  }

  async heard(name: string, isIt: (detail: string) => boolean = () => true, timeoutMs = 10_000): Promise<void> {
    await eventually(
      `lib-jitsi-meet says ${name}`,
      async () => {
        const events = await this.events();
        return events.some((event) => event.name === name && isIt(event.detail)) ? undefined : JSON.stringify(events);
      },
      { timeoutMs },
    );
  }

  setMuted(kind: "audio" | "video", isMuted: boolean): Promise<void> {
    return this.page.evaluate<void>(`peer.setMuted("${kind}", ${isMuted})`);
  }

  shareScreen(): Promise<void> {
    return this.page.evaluate<void>("peer.shareScreen()");
  }

  say(text: string): Promise<void> {
    return this.page.evaluate<void>(`peer.say(${JSON.stringify(text)})`);
  }

  leave(): Promise<void> {
    return this.page.evaluate<void>("peer.leave()");
  }

  myId(): Promise<string> {
    return this.page.evaluate<string>("peer.myId()");
  }
}
