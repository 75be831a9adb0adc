/** Every page one may see without being in a call. */
import { anna, gleb, type Identity, vera } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import type { Scene, TestStack } from "../harness/stack.ts";
import { Look } from "./look.ts";
import type { Language, Screen } from "./screen.ts";

/** Somebody who goes from page to page. */
export class Visitor {
  readonly look: Look;
  readonly person: Participant;
  /** A moderator of the room with a lobby. */
  readonly guard: Participant;
  readonly #stack: TestStack;
  readonly #language: Language;

  private constructor(person: Participant, guard: Participant, stack: TestStack, language: Language) {
    this.person = person;
    this.guard = guard;
    this.look = new Look(person.page);
    this.#stack = stack;
    this.#language = language;
  }

  static async arrive(scene: Scene, guard: Participant, language: Language): Promise<Visitor> {
    const person = await Participant.arrive(scene.browser, nameIn(language), { isPortrait: true });
    await person.page.addInitScript({
      content:
        "if (globalThis.vecheCamera) vecheCamera.isRefused = sessionStorage.getItem('refused') !== null;" +
        "if (location.protocol.startsWith('http') && sessionStorage.getItem('old') !== null) delete globalThis.RTCPeerConnection;",
    });
    return new Visitor(person, guard, scene.stack, language);
  }

  async goTo(room: string, hash = ""): Promise<void> {
    // Only the part behind # may differ: then nothing would be loaded.
    await this.person.page.goto("about:blank");
    await this.person.page.goto(`${this.#stack.roomUrl(room, `?lang=${this.#language}`)}${hash}`);
  }

  async goHome(): Promise<void> {
    await this.person.page.goto(`${this.#stack.local.urls.http}/?lang=${this.#language}`);
  }

  async goToNetworkCheck(): Promise<void> {
    const { http } = this.#stack.local.urls;
    await this.person.page.goto(`${http}/static/network-check.html?lang=${this.#language}`);
  }

  /** Without a look at the devices. */
  async enter(room: string, { name }: { readonly name: string } = this.person.identity): Promise<void> {
    const shown = encodeURIComponent(JSON.stringify(name));
    await this.goTo(room, `#config.prejoinConfig.enabled=false&userInfo.displayName=${shown}`);
  }

  async refuseDevices(isRefused: boolean): Promise<void> {
    const act = isRefused ? "setItem('refused', '1')" : "removeItem('refused')";
    await this.goHome();
    await this.person.page.evaluate(`sessionStorage.${act}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.person.page.context().close();
  }
}

export function nameIn(language: Language): Identity {
  return language === "ru" ? anna : { ...anna, name: "Anna Petrova" };
}

export const lessonRoom = "5А класс — физика";
export const pagesBefore: readonly Screen<Visitor>[] = [
  {
    name: "browser-too-old",
    ready: '[data-boot="tooOld"] #boot-page',
    open: async (visit) => {
      await visit.goHome();
      await visit.person.page.evaluate("sessionStorage.setItem('old', '1')");
      await visit.goTo(lessonRoom);
    },
    close: (visit) => visit.person.page.evaluate<void>("sessionStorage.removeItem('old')"),
  },
  { name: "welcome", ready: "#room-name", open: (visit) => visit.goHome() },
  {
    name: "welcome-without-a-name",
    ready: "#room-name[aria-invalid=true]",
    open: async (visit) => {
      await visit.goHome();
      await visit.person.press("go");
    },
  },
  {
    name: "prejoin",
    ready: ".preview video",
    open: (visit) => visit.goTo(lessonRoom),
  },
  {
    name: "prejoin-refused",
    ready: ".trouble",
    open: async (visit) => {
      await visit.refuseDevices(true);
      await visit.goTo(lessonRoom);
    },
    close: (visit) => visit.refuseDevices(false),
  },
  {
    name: "knock-name",
    ready: "#knock-name",
    open: (visit) => visit.enter("lobby", { name: "" }),
  },
  {
    name: "knock",
    ready: "#knock-page",
    open: (visit) => visit.enter("lobby"),
  },
  {
    name: "knock-wrong-password",
    ready: "#password-instead [role=alert]",
    open: async (visit) => {
      await visit.enter("lobby");
      await visit.person.page.click("#password-instead summary");
      await visit.person.page.fill("#room-password", "wrong");
      await visit.person.page.press("#room-password", "Enter");
    },
  },
  { name: "password", ready: "#password-page", open: (visit) => visit.enter("password") },
  {
    name: "password-wrong",
    ready: "#password-page [role=alert]",
    open: async (visit) => {
      await visit.enter("password");
      await visit.person.page.fill("#room-password", "wrong");
      await visit.person.page.press("#room-password", "Enter");
    },
  },
  { name: "network-check", ready: "#run-check", open: (visit) => visit.goToNetworkCheck() },
  {
    name: "network-check-done",
    ready: "#network-check[data-phase=done] #check-report",
    open: async (visit) => {
      await visit.goToNetworkCheck();
      await visit.person.page.click("#run-check");
      // A call by each way, of which closed ones are waited for.
      await visit.person.page.waitForSelector("#network-check[data-phase=done]", { timeout: 120_000 });
    },
  },
  {
    name: "refused",
    ready: "#refused-page",
    open: async (visit) => {
      await visit.enter("lobby");
      await visit.guard.page.click('[data-knocker] [data-act="reject"]');
    },
  },
];

/** Where only people with an account open rooms. */
export const pagesOfTheSecureDomain: readonly Screen<Visitor>[] = [
  { name: "waiting", ready: "#waiting-page", open: (visit) => visit.enter("of-a-host") },
  {
    name: "login",
    ready: "#login-form",
    open: async (visit) => {
      await visit.enter("of-a-host");
      await visit.person.press("i-am-host");
    },
  },
  {
    name: "login-failed",
    ready: "#login-form [data-problem=wrong]",
    open: async (visit) => {
      await visit.enter("of-a-host");
      await visit.person.press("i-am-host");
      await visit.person.page.fill("#login-name", "nobody");
      await visit.person.page.fill("#login-password", "wrong");
      await visit.person.press("login-submit");
    },
  },
];

/** The rooms that these pages come to, each with somebody in it who may decide; resolves with who does in the lobby's. */
export async function openRooms({ browser, stack }: Scene): Promise<Participant> {
  const quiet = { overrides: ["config.startWithVideoMuted=true", "config.startWithAudioMuted=true"] };
  const [locked, guarded] = await Promise.all([
    Participant.join(browser, stack.roomUrl("password"), vera, quiet),
    Participant.join(browser, stack.roomUrl("lobby"), gleb, quiet),
  ]);
  for (const each of [locked, guarded]) await each.press("security");
  await locked.page.fill("#new-password", "Ключ 42");
  await locked.press("set-password");
  await locked.until("has a password", ({ roomInfo }) => roomInfo.hasPassword);
  await guarded.page.check("#lobby-switch");
  await guarded.until("has a lobby", ({ roomInfo }) => roomInfo.lobby !== undefined);
  await guarded.page.keyboard.press("Escape");
  return guarded;
}
