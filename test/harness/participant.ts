/** Somebody who uses the web app: what they do, and what their page says. */
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { openStage, type StageOptions } from "./browser.ts";
import type { Identity } from "./identities.ts";
import { perceives } from "./senses.ts";
import { eventually, type WaitOptions } from "./wait.ts";

/** What `window.veche.state()` says, as far as tests look at it. */
export type AppState = {
  readonly page: "welcome" | "prejoin" | "waiting" | "knocking" | "call" | "refused" | "left";
  readonly endpoint: string;
  readonly connection: string;
  readonly reconnecting: boolean;
  readonly isModerator: boolean;
  readonly identity: string;
  readonly login: { readonly name: string; readonly problem?: string };
  readonly roomInfo: { readonly hasPassword: boolean; readonly lobby?: string };
  readonly knockers: readonly { readonly id: string; readonly name: string }[];
  readonly audioMuted: boolean;
  readonly videoMuted: boolean;
  readonly sharing: boolean;
  readonly participants: readonly {
    readonly id: string;
    readonly name: string;
    readonly isModerator: boolean;
    readonly audioMuted: boolean;
    readonly videoMuted: boolean;
    readonly dominant: boolean;
    readonly sources: readonly { readonly name: string; readonly muted: boolean; readonly videoType: string }[];
  }[];
  readonly dominant: string | null;
  readonly bridgeChannel: "open" | "closed";
  readonly ice: string;
  readonly session: string | null;
  readonly bridgeSession: string | null;
  readonly e2ee: { readonly isOn: boolean; readonly unreadable: readonly string[] };
  readonly unread: number;
  readonly chat: readonly { readonly from: string; readonly name: string; readonly text: string }[];
};

export type AppStats = {
  readonly transport: { readonly protocol: string; readonly remote: string; readonly dtls: string } | null;
};

export type JoinOptions = StageOptions & {
  /** Further keys of the address after `#`: "config.preferBosh=true". */
  readonly overrides?: readonly string[];
};

const joinedWithinMs = 20_000;
/** Where the machine stood still for long, and pages and bridge look for one another anew. */
const perceivedWithinMs = 45_000;
/** A machine that runs a whole test may well be slow: what is shown is not to depend on it. */
const steady = "config.videoQuality.enableAdaptiveMode=false";

export class Participant {
  readonly page: Page;
  readonly identity: Identity;
  /** What the page said that nobody wants to see. */
  readonly troubles: string[] = [];

  constructor(page: Page, identity: Identity) {
    this.page = page;
    this.identity = identity;
    page.on("pageerror", (error) => this.troubles.push(`${error.name}: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") this.troubles.push(message.text());
    });
  }

  /** A page that shows nothing yet. */
  static async arrive(browser: Browser, identity: Identity, options: StageOptions = {}): Promise<Participant> {
    return new Participant(await openStage(browser, identity, options), identity);
  }

  /** Opens the room's link and is in the room. */
  static async join(
    browser: Browser,
    roomUrl: string,
    identity: Identity,
    options: JoinOptions = {},
  ): Promise<Participant> {
    const participant = await Participant.arrive(browser, identity, options);
    await participant.open(roomUrl, options.overrides);
    return participant;
  }

  async open(roomUrl: string, overrides: readonly string[] = []): Promise<void> {
    await this.ask(roomUrl, overrides);
    await this.inCall();
  }

  /** Opens the room's link, whatever comes of it. */
  async ask(roomUrl: string, overrides: readonly string[] = []): Promise<void> {
    const name = encodeURIComponent(JSON.stringify(this.identity.name));
    const hash = ["config.prejoinConfig.enabled=false", `userInfo.displayName=${name}`, steady, ...overrides].join("&");
    await this.page.goto(`${roomUrl}#${hash}`);
  }

  async inCall(): Promise<void> {
    await this.until(
      "is in the call",
      ({ page, connection, endpoint }) => page === "call" && connection === "connected" && endpoint !== "",
      {
        timeoutMs: joinedWithinMs,
      },
    );
  }

  async isOn(page: AppState["page"], options: WaitOptions = {}): Promise<void> {
    await this.until(`is on the page "${page}"`, (state) => state.page === page, options);
  }

  state(): Promise<AppState> {
    return this.page.evaluate<AppState>("veche.state()");
  }

  stats(): Promise<AppStats> {
    return this.page.evaluate<AppStats>("veche.stats()");
  }

  async until(what: string, holds: (state: AppState) => boolean, options: WaitOptions = {}): Promise<void> {
    await eventually(
      `${this.identity.name} ${what}`,
      async () => {
        const state = await this.state();
        return holds(state) ? undefined : `${JSON.stringify(state)} ${this.troubles.slice(-5).join(" | ")}`;
      },
      options,
    );
  }

  async endpoint(): Promise<string> {
    return (await this.state()).endpoint;
  }

  /** What the page knows of the call, in a line: for the error of a test. */
  async account(): Promise<string> {
    const { endpoint, connection, ice, bridgeChannel, sharing, videoMuted, participants } = await this.state();
    const stats = await this.stats();
    const call = { endpoint, connection, ice, bridgeChannel, sharing, videoMuted, participants, stats };
    return `${this.identity.name}'s page: ${JSON.stringify(call)} ${this.troubles.slice(-5).join(" | ")}`;
  }

  /** A button of the toolbar, by its id. */
  async press(id: string): Promise<void> {
    await this.page.click(`#${id}`);
  }

  async say(text: string): Promise<void> {
    const isOpen = (await this.page.$("#chat-panel")) !== null;
    if (!isOpen) await this.press("chat");
    await this.page.fill("#chat-input", text);
    await this.page.press("#chat-input", "Enter");
  }

  async hangUp(): Promise<void> {
    await this.press("hangup");
    // A moderator of others is asked: alone, or for all?
    if (await this.page.isVisible("#leave-conference")) await this.press("leave-conference");
    await this.until("has left", ({ page }) => page === "left");
  }

  /** From the page that says goodbye back into the room, by its button. */
  async comeBack(): Promise<void> {
    await Promise.all([this.page.waitForEvent("load"), this.press("rejoin")]);
    await this.inCall();
  }

  tile(endpoint: string, kind: "camera" | "desktop" = "camera"): string {
    return `article[data-endpoint="${endpoint}"][data-kind="${kind}"]`;
  }

  async shows(what: string, selector: string, options: WaitOptions = {}): Promise<void> {
    await eventually(
      `${this.identity.name} ${what}`,
      async () => ((await this.page.$(selector)) ? undefined : selector),
      options,
    );
  }

  async hides(what: string, selector: string, options: WaitOptions = {}): Promise<void> {
    await eventually(
      `${this.identity.name} ${what}`,
      async () => ((await this.page.$(selector)) ? `${selector} is there` : undefined),
      options,
    );
  }

  async assertInCall(): Promise<void> {
    const { page } = await this.state();
    assert.equal(page, "call", `${this.identity.name} is on the page "${page}"`);
  }
}

/** Everybody sees the colour and hears the tone of everybody else; where not, the error says what all pages know. */
export async function allPerceiveAll(people: readonly Participant[], options: WaitOptions = {}): Promise<void> {
  const perceiveOthers = ({ page, identity }: Participant) =>
    perceives(
      page,
      people.map((each) => each.identity).filter((each) => each !== identity),
      { timeoutMs: perceivedWithinMs, ...options },
    );
  try {
    await Promise.all(people.map(perceiveOthers));
  } catch (error) {
    const accounts = await Promise.all(people.map((each) => each.account().catch(String)));
    throw new Error(`${String(error)}\n${accounts.join("\n")}`);
  }
}
