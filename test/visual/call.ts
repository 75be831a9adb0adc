/** Everything one may see in a call, and after it. */
import { boris, gleb, type Identity, vera } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import type { Scene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";
import { lessonRoom, nameIn, type Visitor } from "./before-the-call.ts";
import { Look } from "./look.ts";
import type { Language, Screen } from "./screen.ts";

const guests: readonly Identity[] = [{ ...boris, name: "Борис Иванович" }, vera];

/** A teacher, whose page is looked at, and two others. */
export class Lesson {
  readonly look: Look;
  readonly teacher: Participant;
  readonly others: readonly Participant[];
  readonly #scene: Scene;
  readonly #room: string;

  private constructor(people: readonly [Participant, ...Participant[]], scene: Scene, room: string) {
    const [teacher, ...others] = people;
    this.teacher = teacher;
    this.others = others;
    this.look = new Look(teacher.page);
    this.#scene = scene;
    this.#room = room;
  }

  static async begin(scene: Scene, language: Language): Promise<Lesson> {
    const { browser, stack } = scene;
    const room = `${lessonRoom} (${language})`;
    const teacher = await Participant.arrive(browser, nameIn(language), { isPortrait: true });
    await teacher.open(stack.roomUrl(room, `?lang=${language}`));
    const others: Participant[] = [];
    for (const guest of guests) others.push(await Participant.join(browser, stack.roomUrl(room), guest, quiet));
    await eventually("two pictures", async () => {
      const pictures = await teacher.page.$$('article[data-self="false"] video');
      return pictures.length === others.length ? undefined : `${pictures.length} pictures`;
    });
    return new Lesson([teacher, ...others], scene, room);
  }

  /** A button of the toolbar, or behind "More" where there is no room for it. */
  async act(id: string): Promise<void> {
    const { page } = this.teacher;
    const isAtHand = await page.evaluate<boolean>(`document.querySelector("#${id}")?.checkVisibility() ?? false`);
    if (!isAtHand) await page.click("#more");
    await page.click(`#${id}`);
  }

  async escape(): Promise<void> {
    await this.teacher.page.keyboard.press("Escape");
  }

  async tileMenuOf(person: Participant): Promise<void> {
    const tile = this.teacher.tile(await person.endpoint());
    await this.teacher.page.hover(tile);
    await this.teacher.page.click(`${tile} .tile-more`);
  }

  /** Somebody asks to be let in. */
  async knock(): Promise<Participant> {
    const { browser, stack } = this.#scene;
    const stranger = await Participant.arrive(browser, gleb);
    await stranger.ask(stack.roomUrl(this.#room));
    return stranger;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of [this.teacher, ...this.others]) await each.page.context().close();
  }
}

const quiet = { isPortrait: true, viewport: { width: 480, height: 300 } };

/** What a dialog's button opens, and Escape closes. */
function dialog(name: string, id: string, ready = "dialog[open] h2"): Screen<Lesson> {
  return { name, ready, open: (visit) => visit.act(id), close: (visit) => visit.escape() };
}

const first = ({ others }: Lesson): Participant => {
  const [person] = others;
  if (person === undefined) throw new Error("expected somebody else in the lesson");
  return person;
};

export const screensOfTheCall: readonly Screen<Lesson>[] = [
  { name: "call", ready: ".toolbar", open: async () => {} },
  {
    name: "call-hand-muted-unread",
    ready: ".badge",
    open: async (visit) => {
      await first(visit).press("raisehand");
      await first(visit).press("microphone");
      await first(visit).say("Здравствуйте! Где лежит учебник? https://example.org/учебник/физика/5-класс/страница-42");
      await first(visit).page.press("#chat-input", "Escape");
    },
    close: async (visit) => {
      await first(visit).press("raisehand");
      await first(visit).press("microphone");
    },
  },
  {
    name: "stage",
    ready: ".tile.large",
    open: (visit) => visit.act("tileview"),
    close: (visit) => visit.act("tileview"),
  },
  {
    name: "screen-share",
    ready: '.tile.large[data-kind="desktop"] video',
    open: (visit) => first(visit).press("desktop"),
    close: (visit) => first(visit).press("desktop"),
  },
  { name: "chat", ready: "#chat-panel", open: (visit) => visit.act("chat"), close: (visit) => visit.act("chat") },
  {
    name: "more",
    ready: "#more-menu:popover-open",
    reopens: true,
    open: (visit) => visit.teacher.press("more"),
    close: (visit) => visit.escape(),
  },
  {
    name: "tile-menu",
    ready: ".tile-menu :popover-open",
    reopens: true,
    open: (visit) => visit.tileMenuOf(first(visit)),
    close: (visit) => visit.escape(),
  },
  dialog("security", "security"),
  dialog("settings", "settings"),
  dialog("shortcuts", "shortcuts"),
];

export const pagesAfter: readonly Screen<Visitor>[] = [
  {
    name: "alone",
    ready: ".alone",
    open: (visit) => visit.enter("nobody else"),
  },
  {
    name: "left",
    ready: "#left-page",
    open: async (visit) => {
      await visit.enter("nobody else");
      await visit.person.inCall();
      await visit.person.hangUp();
    },
  },
  { name: "welcome-with-recent-rooms", ready: ".recent", open: (visit) => visit.goHome() },
];
