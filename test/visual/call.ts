/** Everything one may see in a call, and after it. */
import { roomNode } from "@veche/web-app/src/model/url.ts";
import { TABS } from "@veche/web-app/src/ui/settings/tabs.ts";
import { answerDialIn } from "../harness/dial-in.ts";
import { GatewayCall } from "../harness/gateway-call.ts";
import { boris, gleb, type Identity, vera } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { ScriptedFocus } from "../harness/scripted-focus.ts";
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
  readonly #strangers: Participant[] = [];
  readonly #calls: GatewayCall[] = [];
  /** Tells the teacher of recorders. */
  readonly #focus: ScriptedFocus;

  private constructor(
    people: readonly [Participant, ...Participant[]],
    focus: ScriptedFocus,
    scene: Scene,
    room: string,
  ) {
    const [teacher, ...others] = people;
    this.#focus = focus;
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
    const focus = new ScriptedFocus(recorderModes, "");
    await focus.stand(teacher.page);
    await answerDialIn(teacher.page, () => dialIn);
    await teacher.open(stack.roomUrl(room, `?lang=${language}`));
    const others: Participant[] = [];
    for (const guest of guests) others.push(await Participant.join(browser, stack.roomUrl(room), guest, quiet));
    await eventually("two pictures", async () => {
      const pictures = await teacher.page.$$('article[data-self="false"] video');
      return pictures.length === others.length ? undefined : `${pictures.length} pictures`;
    });
    return new Lesson([teacher, ...others], focus, scene, room);
  }

  /** A button of the toolbar, or behind "More" where there is no room for it: it moves a moment after the window changes. */
  async act(id: string): Promise<void> {
    const { page } = this.teacher;
    await eventually(`pressing ${id}`, async () => {
      const [isInMenu, isMenuOpen] = await page.evaluate<[boolean, boolean]>(
        `[document.querySelector("#more-menu #${id}") !== null, document.querySelector("#more-menu:popover-open") !== null]`,
      );
      if (isInMenu && !isMenuOpen) await page.click("#more");
      if (!isInMenu && isMenuOpen) await this.escape();
      const pressing = page.click(`#${id}`, { timeout: 2_000 });
      return pressing.then(
        () => undefined,
        (error: Error) => error.message,
      );
    });
  }

  async escape(): Promise<void> {
    await this.teacher.page.keyboard.press("Escape");
  }

  async tileMenuOf(person: Participant): Promise<void> {
    const tile = this.teacher.tile(await person.endpoint());
    await this.teacher.page.hover(tile);
    await this.teacher.page.click(`${tile} .tile-more`);
  }

  /** Somebody else shows their screen, or no longer. */
  async share(): Promise<void> {
    await first(this).page.keyboard.press("KeyD");
  }

  async closePanel(): Promise<void> {
    const { page } = this.teacher;
    await page.evaluate("document.activeElement?.blur()");
    await this.escape();
    await this.teacher.hides("has no panel open", "#chat-panel, #participants-pane, #polls-panel");
  }

  async switchLobby(): Promise<void> {
    await this.act("security");
    await this.teacher.page.click("#lobby-switch");
    await this.escape();
  }

  /** What a recorder does, as the attributes and children of its status say; nothing without them. */
  async record(attributes?: string, children = ""): Promise<void> {
    const jibri = "http://jitsi.org/protocol/jibri";
    const status = `<jibri-recording-status xmlns="${jibri}" session_id="s1" ${attributes}>${children}</jibri-recording-status>`;
    await this.#focus.say(attributes === undefined ? recorderModes : `${recorderModes}${status}`);
  }

  /** Telephones are in the room, or no longer. */
  async telephone(areThere: boolean): Promise<void> {
    const { http } = this.#scene.stack.local.urls;
    for (const call of this.#calls.splice(0)) call[Symbol.dispose]();
    for (const [name, status] of areThere ? calls : []) {
      const call = await GatewayCall.ready(http, roomNode(this.#room), name);
      this.#calls.push(call);
      await call.enter(status);
    }
  }

  /** Somebody asks to be let in. */
  async knock(): Promise<void> {
    const { browser, stack } = this.#scene;
    const stranger = await Participant.arrive(browser, gleb);
    this.#strangers.push(stranger);
    await stranger.ask(stack.roomUrl(this.#room));
  }

  /** The bridge stands still: pictures do, too. */
  async stopBridge(isStopped: boolean): Promise<void> {
    const { local } = this.#scene.stack;
    const signal = isStopped ? "SIGSTOP" : "SIGCONT";
    for (const pid of local.workerPids("videobridge")) process.kill(pid, signal);
    local.signal("videobridge", signal);
    if (isStopped)
      await this.teacher.until("has lost the media", ({ reconnecting }) => reconnecting, { timeoutMs: 30_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.telephone(false);
    for (const each of [this.teacher, ...this.others, ...this.#strangers]) await each.page.context().close();
  }
}

const focusSpace = "http://jitsi.org/protocol/focus";
const property = (key: string, value: string) => `<property xmlns="${focusSpace}" key="${key}" value="${value}"/>`;
const recorderModes = `<conference-properties xmlns="${focusSpace}">${property("recorder-modes", "file stream")}${property("dial-out", "true")}</conference-properties>`;

const dialIn = {
  numbers: [
    { countryCode: "RU", formattedNumber: "+7 495 123-45-67", tollFree: false },
    { countryCode: "RU", formattedNumber: "+7 800 555-35-35", tollFree: true },
    { countryCode: "GB", formattedNumber: "+44 20 7946 0000", tollFree: false },
    { countryCode: "DE", formattedNumber: "+49 30 1234567", tollFree: false },
  ],
  code: 123456,
};
const calls: readonly (readonly [name: string, status: string])[] = [
  ["+7 900 000-00-01", "Connected"],
  ["+79000000002", "Ringing..."],
];

const targets = [
  ["1", "a.rtmp.youtube.com", "on"],
  ["2", "трансляции.школа-5.пример", "retrying"],
  ["3", "live.example.org", "pending"],
]
  .map(([id, host, state]) => `<target xmlns="urn:veche:recording" id="${id}" host="${host}" state="${state}"/>`)
  .join("");

/** What is shown while something runs that the teacher has begun: begun first, ended last. */
function running(name: string, id: string, mode: "file" | "stream", more = ""): Screen<Lesson> {
  return {
    name,
    ready: "#stop-recording",
    open: async (visit) => {
      const initiator = `x@muc.meet.jitsi/${await visit.teacher.endpoint()}`;
      await visit.record(`recording_mode="${mode}" status="on" layout="speaker" initiator="${initiator}"`, more);
      await visit.act(id);
    },
    close: async (visit) => {
      await visit.escape();
      await visit.record();
    },
  };
}

const quiet = { isPortrait: true, viewport: { width: 480, height: 300 } };

/** What a dialog's button opens, and Escape closes. */
function dialog(name: string, id: string, ready = "dialog[open] h2"): Screen<Lesson> {
  return { name, ready, open: (visit) => visit.act(id), close: (visit) => visit.escape() };
}

/** What stands beside the pictures: its button opens it and closes it. */
function panel(name: string, ready: string): Screen<Lesson> {
  return { name, ready, open: (visit) => visit.act(name), close: (visit) => visit.closePanel() };
}

const words = [
  "Здравствуйте! Где лежит учебник?",
  "https://example.org/учебник/физика/5-класс/страница-42-упражнение-7-и-длинный-адрес-без-пробелов",
  "И ещё: задание на завтра то же самое?",
];

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
      const person = first(visit);
      await person.press("raisehand");
      await person.press("microphone");
      for (const text of words) await person.say(text);
      await person.page.press("#chat-input", "Escape");
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
    ready: 'article[data-kind="desktop"] video',
    open: (visit) => visit.share(),
    close: (visit) => visit.share(),
  },
  panel("chat", "#chat-panel"),
  {
    name: "chat-emoji",
    ready: "#emoji-table",
    reopens: true,
    open: async (visit) => {
      await visit.act("chat");
      await visit.act("chat-emoji");
    },
    close: async (visit) => {
      await visit.escape();
      await visit.closePanel();
    },
  },
  panel("participants", "#participants-pane"),
  {
    name: "question",
    ready: "#modal-dialog-ok-button",
    open: async (visit) => {
      await visit.tileMenuOf(first(visit));
      await visit.teacher.page.click(":popover-open .menu-item.danger");
    },
    close: (visit) => visit.escape(),
  },
  {
    name: "groups",
    ready: ".breakout-room-container",
    open: async (visit) => {
      await visit.act("participants");
      await visit.act("add-breakout-room");
    },
    close: (visit) => visit.closePanel(),
  },
  {
    name: "polls-form",
    ready: "#poll-question",
    open: async (visit) => {
      await visit.act("polls");
      await visit.act("new-poll");
    },
    close: async (visit) => {
      await visit.teacher.page.fill("#poll-question", "Какой закон объясняет, почему яблоко падает?");
      for (const [index, answer] of ["Всемирного тяготения", "Архимеда"].entries())
        await visit.teacher.page.fill(`#poll-option-${index}`, answer);
      await visit.act("save-poll");
      await visit.closePanel();
    },
  },
  panel("polls", ".poll"),
  {
    name: "more",
    ready: "#more-menu:popover-open",
    reopens: true,
    open: (visit) => visit.teacher.press("more"),
    close: (visit) => visit.escape(),
  },
  {
    name: "tile-menu",
    ready: "article :popover-open",
    reopens: true,
    open: (visit) => visit.tileMenuOf(first(visit)),
    close: (visit) => visit.escape(),
  },
  {
    name: "hangup",
    ready: "#hangup-menu:popover-open",
    reopens: true,
    open: (visit) => visit.teacher.press("hangup"),
    close: (visit) => visit.escape(),
  },
  dialog("security", "security"),
  {
    name: "e2ee",
    ready: "#e2ee-dialog",
    open: async (visit) => {
      await visit.act("security");
      await visit.act("e2ee");
    },
    close: (visit) => visit.escape(),
  },
  dialog("recording", "recording", "#recording-capture"),
  running("recording-running", "recording", "file"),
  dialog("liveStreaming", "livestreaming", "#stream-key"),
  running("liveStreaming-running", "livestreaming", "stream", targets),
  {
    name: "recording-consent",
    ready: '.notice[data-notice="recording.onBy"]',
    open: async (visit) => {
      const initiator = `x@muc.meet.jitsi/${await first(visit).endpoint()}`;
      await visit.record(`recording_mode="file" status="on" initiator="${initiator}"`);
    },
    close: async (visit) => {
      await visit.teacher.page.click('.notice[data-notice="recording.onBy"] .button:not(.square)');
      await visit.record();
    },
  },
  dialog("invite", "invite-people", "#dial-in-code"),
  {
    name: "invite-not-called",
    ready: "#dial-problem:not(:empty)",
    open: async (visit) => {
      await visit.act("invite-people");
      await visit.teacher.page.fill("#dial-number", "школа");
      await visit.teacher.page.press("#dial-number", "Enter");
      await visit.teacher.page.click("#more-numbers");
    },
    close: (visit) => visit.escape(),
  },
  {
    name: "telephones",
    ready: ".call-state",
    open: (visit) => visit.telephone(true),
  },
  {
    name: "participants-telephones",
    ready: "#participants-pane .person-role",
    open: (visit) => visit.act("participants"),
    close: (visit) => visit.closePanel(),
  },
  {
    name: "telephone-menu",
    ready: "article :popover-open",
    reopens: true,
    open: async (visit) => {
      const { page } = visit.teacher;
      const tile = "article:has(.mark.phone):not(:has(.call-state))";
      await page.hover(tile);
      await page.click(`${tile} .tile-more`);
    },
    close: (visit) => visit.escape(),
  },
  {
    name: "telephones-stage",
    ready: ".tile.large",
    open: (visit) => visit.act("tileview"),
    close: (visit) => visit.act("tileview"),
  },
  {
    name: "invite-called",
    ready: "[data-call]",
    open: (visit) => visit.act("invite-people"),
    close: async (visit) => {
      await visit.escape();
      await visit.telephone(false);
    },
  },
  dialog("speakerStats", "stats"),
  dialog("videoQuality", "videoquality"),
  dialog("shortcuts", "shortcuts"),
  ...TABS.map(
    (tab): Screen<Lesson> => ({
      name: `settings-${tab}`,
      ready: `#settings-tab-${tab}[aria-selected="true"]`,
      open: async (visit) => {
        await visit.act("settings");
        await visit.act(`settings-tab-${tab}`);
      },
      close: (visit) => visit.escape(),
    }),
  ),
  {
    name: "knockers",
    ready: "[data-knocker]",
    open: async (visit) => {
      await visit.switchLobby();
      await visit.knock();
    },
    close: async (visit) => {
      await visit.teacher.page.click('[data-knocker] [data-act="reject"]');
      await visit.switchLobby();
    },
  },
  {
    name: "line-lost",
    ready: '#banner[data-kind="reconnecting"]',
    open: (visit) => visit.stopBridge(true),
    close: (visit) => visit.stopBridge(false),
  },
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
