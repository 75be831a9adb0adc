/** Doors and moderation for telephones: lobby, password, and who may speak. */
import { after, test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { anna } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { hearsNothingOf } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";
import {
  callsOf,
  dialIn,
  hears,
  oneGateway,
  phonesSeen,
  seesPhones,
  withoutGateway,
} from "../harness/telephone/gateway.ts";
import { Phone, withoutPhones } from "../harness/telephone/phone.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser() || withoutPhones() || withoutGateway();
const scene = setScene({ skip, ...oneGateway });
const room = "TelephoneDoors";
const password = "4711";
const user = "74951111111";

let teacher: Participant;
let phone: Phone;

after(() => phone?.[Symbol.asyncDispose]());

const callOver = (count: number) => phone.comes("CALL_CLOSED", count);
const decide = (act: "admit" | "reject") => teacher.page.click(`[data-knocker] [data-act="${act}"]`);

async function knocks(): Promise<void> {
  await dialIn(scene.stack, phone, room);
  await teacher.until("is told who knocks", ({ knockers }) => knockers.some(({ name }) => name === user));
}

async function isInPhase(phase: string): Promise<void> {
  await eventually(`the call is in the phase ${phase}`, async () => {
    const calls = await callsOf(scene.stack);
    return calls.some((call) => call.phase === phase) ? undefined : JSON.stringify(calls);
  });
}

test("a telephone knocks, and is turned away", { skip }, async () => {
  teacher = await Participant.join(scene.browser, scene.stack.roomUrl(room, "?lang=en"), anna);
  await teacher.press("security");
  await teacher.page.check("#lobby-switch");
  await teacher.until("has a lobby", ({ roomInfo }) => roomInfo.lobby !== undefined);
  await teacher.page.keyboard.press("Escape");
  phone = await Phone.start({ user, toneHz: 600 });
  await knocks();
  await decide("reject");
  await callOver(1);
  await teacher.until("has nobody waiting", ({ knockers }) => knockers.length === 0);
});

test("it knocks again, goes away, knocks, and is let in", { skip }, async () => {
  await knocks();
  phone.hangUp();
  await callOver(2);
  await teacher.until("has nobody waiting", ({ knockers }) => knockers.length === 0);
  await knocks();
  await decide("admit");
  await hears(teacher, 600);
  phone.hangUp();
  await seesPhones(teacher, "nobody", (phones) => phones.length === 0);
});

test("a password is typed, wrong and right", { skip }, async () => {
  await teacher.press("security");
  await teacher.page.uncheck("#lobby-switch");
  await teacher.page.fill("#new-password", password);
  await teacher.press("set-password");
  await teacher.until("has a password", ({ roomInfo }) => roomInfo.hasPassword && roomInfo.lobby === undefined);
  await teacher.page.keyboard.press("Escape");
  await dialIn(scene.stack, phone, room);
  await isInPhase("password");
  await phone.press("1111#");
  await isInPhase("password");
  await phone.press(`${password}#`);
  await hears(teacher, 600);
});

test("where speaking is reserved a key raises the hand, and once it is allowed unmutes", { skip }, async () => {
  const [id = ""] = (await phonesSeen(teacher)).map((each) => each.id);
  await teacher.page.keyboard.press("KeyP");
  await teacher.press("participants-pane-context-menu");
  await teacher.press("participants-pane-context-menu-start-audio-moderation");
  await seesPhones(teacher, "it muted", ([seen]) => seen?.audioMuted === true);
  await hearsNothingOf(teacher.page, id);
  await phone.press("1");
  await seesPhones(teacher, "its hand", ([seen]) => seen?.handRaised === true && seen.audioMuted);
  const notice = '[data-notice="notify.moderationRequestFromParticipant"] .button:not(.square)';
  await teacher.page.click(notice);
  // What is pressed before the gateway has heard of it is refused as before.
  await eventually(
    "its key unmutes it",
    async () => {
      const [seen] = await phonesSeen(teacher);
      if (seen?.audioMuted === false) return undefined;
      await phone.press("1");
      return JSON.stringify(seen);
    },
    { pollMs: 3_000, timeoutMs: 30_000 },
  );
  await seesPhones(teacher, "it unmuted, without a hand", ([seen]) => seen?.audioMuted === false && !seen.handRaised);
  await hears(teacher, 600);
  phone.hangUp();
  await seesPhones(teacher, "nobody", (phones) => phones.length === 0);
});
