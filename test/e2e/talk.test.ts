/** What people say beside speaking: chat, polls, reactions, hands; and what recording tells them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { anna, boris, gleb, vera } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { ScriptedFocus } from "../harness/scripted-focus.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser();
const scene = setScene({ skip });
const room = "Talk";
const english = "?lang=en";
let teacher: Participant;
let pupil: Participant;
let other: Participant;

type TalkState = {
  readonly polls: readonly { readonly question: string; readonly votes: readonly number[] }[];
  readonly reactions: readonly { readonly kind: string; readonly from: string }[];
  readonly hands: readonly string[];
  readonly recording: readonly { readonly mode: string; readonly status: string }[];
  readonly unreadPolls: number;
};

async function talkOf(who: Participant): Promise<TalkState> {
  return (await who.state()) as unknown as TalkState;
}

async function until(who: Participant, what: string, holds: (state: TalkState) => boolean): Promise<void> {
  await eventually(`${who.identity.name} ${what}`, async () => {
    const { polls, reactions, hands, recording } = await talkOf(who);
    const state = await talkOf(who);
    return holds(state) ? undefined : JSON.stringify({ polls, reactions, hands, recording });
  });
}

const message = (text: string) => `.message:has(.message-text:text-is("${text}"))`;

/** An item of a message's menu, by what it says. */
async function choose(who: Participant, text: string, item: string): Promise<void> {
  await who.page.hover(`${message(text)} .message-body`);
  await who.page.click(`${message(text)} .message-more`);
  await who.page.click(`.line-menu button:has-text("${item}")`);
}

async function react(who: Participant, text: string, emoji: string): Promise<void> {
  await who.page.hover(`${message(text)} .message-body`);
  await who.page.click(`${message(text)} .message-more`);
  await who.page.click(`.quick-emoji [data-emoji="${emoji}"]`);
}

test("a message is unread on the button and in the title until it is seen", { skip }, async () => {
  teacher = await Participant.join(scene.browser, scene.stack.roomUrl(room, english), anna);
  pupil = await Participant.join(scene.browser, scene.stack.roomUrl(room, english), boris);
  other = await Participant.join(scene.browser, scene.stack.roomUrl(room, english), vera);
  await teacher.until("sees both", ({ participants, isModerator }) => participants.length === 2 && isModerator);
  await teacher.say("Page 42");
  await pupil.until("has it unread", ({ unread }) => unread === 1);
  await pupil.shows("sees the mark", '[data-testid="unread"]');
  assert.equal(await pupil.page.title(), "(1) Talk · Veche");
  await pupil.page.click('.notice[data-notice="notify.chatMessage"] .button:not(.square)');
  await pupil.shows("sees where it begins", ".chat-divider.unread");
  await pupil.until("has read it", ({ unread }) => unread === 0);
  assert.equal(await pupil.page.title(), "Talk · Veche");
  await other.press("chat");
});

test("an answer shows what it answers", { skip }, async () => {
  await choose(pupil, "Page 42", "Reply");
  await pupil.page.fill("#chat-input", "Which book?");
  await pupil.page.press("#chat-input", "Enter");
  await teacher.shows("sees the answer", `${message("Which book?")} .message-quote:has-text("Page 42")`);
});

test("emoji below a message come and go for everybody", { skip }, async () => {
  await react(other, "Page 42", "👍");
  const chip = `${message("Page 42")} .message-reaction[data-emoji="👍"]`;
  await teacher.shows("sees it", `${chip}[aria-label*="${vera.name}"]`);
  await teacher.page.click(chip);
  await pupil.shows("sees two", `${chip}:has-text("2")`);
  await other.page.click(chip);
  await pupil.shows("sees one left", `${chip}:has-text("1")`);
});

test("a private message reaches one person, and is asked about before everybody gets the answer", {
  skip,
}, async () => {
  await pupil.page.selectOption("#chat-recipient", await teacher.endpoint());
  await pupil.page.fill("#chat-input", "May I go out?");
  await pupil.page.press("#chat-input", "Enter");
  await teacher.shows("reads it", `.message.private${message("May I go out?").slice(8)}`);
  await teacher.page.fill("#chat-input", "Yes, quietly");
  await teacher.page.press("#chat-input", "Enter");
  await teacher.page.click("#send-privately");
  await pupil.shows("reads the answer", `.message.private${message("Yes, quietly").slice(8)}`);
  await pupil.page.selectOption("#chat-recipient", "");
  await teacher.page.selectOption("#chat-recipient", "");
  assert.deepEqual(
    (await other.state()).chat.map(({ text }) => text),
    ["Page 42", "Which book?"],
  );
});

test("one takes back one's own words, and a moderator those of others", { skip }, async () => {
  await pupil.say("Oops");
  // A private message has only just come: the page asks.
  await pupil.press("send-to-all");
  await pupil.say("Nonsense");
  await teacher.shows("sees them", message("Nonsense"));
  await choose(pupil, "Oops", "Delete for everyone");
  await teacher.hides("sees it no more", message("Oops"));
  await choose(teacher, "Nonsense", "Delete for everyone");
  for (const each of [pupil, other]) await each.hides("sees it no more", message("Nonsense"));
  assert.equal(await other.page.locator(".message-text.gone").count(), 2);
});

test("what the server refuses is marked at the message and can be sent again", { skip }, async () => {
  await other.page.evaluate(`{
    const input = document.getElementById("chat-input");
    for (let number = 0; number < 40; number++) {
      input.value = "Spam " + number;
      input.dispatchEvent(new InputEvent("input", { bubbles: true }));
      input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    }
  }`);
  await other.shows("sees the refusal", ".message.failed .message-state.failed");
  const failed = await other.page.locator(".message.failed").count();
  await other.page.click(".message.failed >> nth=0 >> .link-button >> nth=0");
  await eventually("it is sent", async () => {
    const left = await other.page.locator(".message.failed").count();
    return left < failed ? undefined : `${left} failed`;
  });
  for (let left = await other.page.locator(".message.failed").count(); left > 0; left--)
    await other.page.click(".message.failed >> nth=0 >> .link-button >> nth=1");
  assert.equal(await other.page.locator(".message.failed").count(), 0);
});

test("a text that is too long does not leave the page, which says by how much", { skip }, async () => {
  await other.page.fill("#chat-input", "ж".repeat(5000));
  await other.shows("is told", '#chat-trouble.error:has-text("Too long")');
  assert.ok(await other.page.isDisabled("#chat-send"));
  await other.page.fill("#chat-input", "");
});

test("a poll is written, changed, sent, answered, and answered otherwise", { skip }, async () => {
  await teacher.page.click('[data-tab="polls"]');
  await teacher.press("new-poll");
  await teacher.page.fill("#poll-question", "Tea?");
  await teacher.page.fill("#poll-option-0", "Yes");
  await teacher.press("save-poll");
  await teacher.shows("is told what is missing", '#poll-problem:has-text("two options")');
  await teacher.page.fill("#poll-option-1", "No");
  await teacher.press("save-poll");
  await teacher.page.click('.poll.draft [data-act="edit"]');
  await teacher.page.fill("#poll-question", "Coffee?");
  await teacher.press("save-poll");
  assert.deepEqual((await talkOf(pupil)).polls, []);
  await teacher.page.click('.poll.draft [data-act="send"]');
  await pupil.page.click('.notice[data-notice="polls.notification.title"] .button:not(.square)');
  await pupil.page.click('.choice:has-text("Yes")');
  await pupil.page.click('[data-act="vote"]');
  await until(teacher, "sees the vote", ({ polls }) => polls[0]?.votes.join() === "1,0");
  await pupil.page.click('[data-act="change"]');
  await pupil.page.click('.choice:has-text("Yes")');
  await pupil.page.click('.choice:has-text("No")');
  await pupil.page.click('[data-act="vote"]');
  await until(teacher, "sees the other vote", ({ polls }) => polls[0]?.votes.join() === "0,1");
  await teacher.page.click('[data-act="skip"]');
  await teacher.page.click('[data-act="details"]');
  await teacher.shows("sees who", `.result:has-text("No"):has-text("${boris.name}")`);
  assert.equal((await talkOf(other)).polls[0]?.question, "Coffee?");
});

test("who loads the page anew finds what was said to all, once and without what was taken back", {
  skip,
}, async () => {
  const before = (await pupil.state()).chat.map(({ text }) => text).filter((text) => text !== "");
  await pupil.page.reload();
  await pupil.inCall();
  await pupil.until("has the past", ({ chat }) => chat.length > 2);
  await until(pupil, "has the poll", ({ polls }) => polls[0]?.votes.join() === "0,1");
  const after = (await pupil.state()).chat.map(({ text }) => text);
  const privately = ["May I go out?", "Yes, quietly"];
  assert.deepEqual(
    after,
    before.filter((text) => !privately.includes(text)),
  );
  await pupil.press("chat");
  await pupil.shows("knows its own words", `.message.own${message("Which book?").slice(8)}`);
  await pupil.page.click('[data-act="close-panel"]');
});

test("reactions fly over everybody's page, by button and by key", { skip }, async () => {
  await teacher.page.click('[data-act="close-panel"]');
  await pupil.press("more");
  await pupil.page.click('#reactions-row [data-reaction="clap"]');
  const from = await pupil.endpoint();
  await until(teacher, "sees it", ({ reactions }) =>
    reactions.some((each) => each.from === from && each.kind === "clap"),
  );
  await teacher.shows("sees it fly", '.flying[data-reaction="clap"]');
  await pupil.page.keyboard.press("Escape");
  await teacher.page.keyboard.press("Alt+l");
  await until(pupil, "sees the answer", ({ reactions }) => reactions.some(({ kind }) => kind === "laugh"));
});

test("hands stand in the order in which they went up, and a moderator lowers them", { skip }, async () => {
  await pupil.press("raisehand");
  const [first, second] = [await pupil.endpoint(), await other.endpoint()];
  await until(teacher, "sees the first", ({ hands }) => hands.join() === first);
  await other.press("raisehand");
  await until(teacher, "sees both in order", ({ hands }) => hands.join() === [first, second].join());
  await teacher.shows("is told of the place", '.notice[data-notice="notify.raisedHandInLine"]:has-text("number 2")');
  await teacher.page.click('.notice[data-notice="notify.raisedHand"] .button:not(.square)');
  await until(teacher, "sees one left", ({ hands }) => hands.join() === second);
  await other.shows("is told it is next", '.notice[data-notice="notify.nextToSpeak"]');
  await other.press("raisehand");
  await until(teacher, "sees none", ({ hands }) => hands.length === 0);
});

test("where no recorder, no gateway and no transcriber runs there are no buttons for them", { skip }, async () => {
  await teacher.press("more");
  for (const id of ["recording", "livestreaming", "closedcaptions"])
    assert.equal(await teacher.page.locator(`#${id}`).count(), 0, id);
  await teacher.page.click("#invite-people");
  await teacher.shows("sees the invitation", "#invite-dialog");
  for (const id of ["dial-in", "dial-out"]) assert.equal(await teacher.page.locator(`#${id}`).count(), 0, id);
  await teacher.page.keyboard.press("Escape");
});

const modes = `<conference-properties xmlns="http://jitsi.org/protocol/focus"><property xmlns="http://jitsi.org/protocol/focus" key="recorder-modes" value="file stream"/></conference-properties>`;
const jibri = (attributes: string) => `<jibri xmlns="http://jitsi.org/protocol/jibri" ${attributes}/>`;
const status = (attributes: string) =>
  `${modes}<jibri-recording-status xmlns="http://jitsi.org/protocol/jibri" session_id="s1" ${attributes}/>`;

test("with a recorder a moderator records, everybody is told while it lasts, and a stream's key is seen once", {
  skip,
}, async () => {
  for (const each of [teacher, pupil, other]) await each.hangUp();
  const focus = new ScriptedFocus(modes, jibri('status="pending" session_id="s1"'));
  const host = await Participant.arrive(scene.browser, gleb);
  await focus.stand(host.page);
  await host.open(scene.stack.roomUrl("Recorded", english));
  await host.until("is moderator", ({ isModerator }) => isModerator);
  const guest = await Participant.arrive(scene.browser, vera);
  await focus.stand(guest.page);
  await guest.open(scene.stack.roomUrl("Recorded", english));

  await host.press("more");
  await host.press("recording");
  await host.press("start-recording");
  await host.shows("sees that it waits", '#recording-label:has-text("about to begin")');
  assert.match(focus.asked[0] ?? "", /action="start"[^>]*recording_mode="file"/);
  await focus.say(status('recording_mode="file" status="pending" queue_position="3"'));
  await host.shows("sees its place in line", '#recording-label:has-text("number 3 in line")');
  const self = await host.endpoint();
  await focus.say(status(`recording_mode="file" status="on" initiator="recorded@muc.meet.jitsi/${self}"`));
  await guest.shows("is told", `.notice[data-notice="recording.onBy"]:has-text("${gleb.name}")`);
  await guest.shows("sees the mark", "#recording-label");
  await guest.page.click('.notice[data-notice="recording.onBy"] .button:not(.square)');
  await guest.shows("still sees the mark", "#recording-label");
  await host.page.click("#recording-label");
  focus.answerWith(jibri('status="off" session_id="s1"'));
  await host.press("stop-recording");
  await focus.say(status('recording_mode="file" status="off"'));
  await guest.shows("is told of the end", '.notice[data-notice="recording.off"]');
  await guest.hides("sees no mark", "#recording-label");
  await until(guest, "knows of none", ({ recording }) => recording.length === 0);

  focus.answerWith(`<error type="wait"><resource-constraint xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>`);
  await host.press("more");
  await host.press("livestreaming");
  await host.page.fill("#stream-key", "secret-key-1");
  await host.press("start-recording");
  await host.shows("is told that all are busy", '.recording-form [role="alert"]:has-text("busy")');
  assert.match(focus.asked.at(-1) ?? "", /streamid="secret-key-1"/);
  assert.equal(await host.page.inputValue("#stream-key"), "");
  await host.page.keyboard.press("Escape");
  assert.ok(!(await host.page.content()).includes("secret-key-1"));

  focus.answerWith(jibri('status="pending" session_id="s1"'));
  await host.press("more");
  await host.press("livestreaming");
  await host.press("more-stream-keys");
  await host.page.fill("#stream-key", "secret-key-2");
  await host.page.fill("#stream-key-2", "rtmp://b.example/live/secret-key-3");
  await host.press("start-recording");
  await host.hides("has the dialog closed", "dialog[open]");
  assert.match(focus.asked.at(-2) ?? "", /streamid="secret-key-2"/);
  assert.match(focus.asked.at(-1) ?? "", /<recording[^>]*add_target="rtmp:\/\/b.example\/live\/secret-key-3"/);
  const target = (id: string, state: string) =>
    `<target xmlns="urn:veche:recording" id="${id}" host="${id}.example" state="${state}"/>`;
  const live = (layout: string, ...targets: string[]) => {
    const attributes = `session_id="s1" recording_mode="stream" status="on" layout="${layout}"`;
    const opened = `${modes}<jibri-recording-status xmlns="http://jitsi.org/protocol/jibri" ${attributes}>`;
    return focus.say(`${opened}${targets.join("")}</jibri-recording-status>`);
  };
  await live("speaker", target("1", "on"), target("2", "retrying"));
  await host.page.click("#streaming-label");
  await host.shows("sees which address was lost", '[data-target="2"][data-state="retrying"]:has-text("2.example")');
  await host.page.selectOption("#recording-layout", "grid");
  await eventually("the layout is asked for", () =>
    /<recording[^>]*layout="grid"/.test(focus.asked.at(-1) ?? "") ? undefined : focus.asked.at(-1),
  );
  await host.page.click('[data-target="2"] button');
  await eventually("it is to go there no more", () =>
    /<recording[^>]*remove_target="2"/.test(focus.asked.at(-1) ?? "") ? undefined : focus.asked.at(-1),
  );
  await live("grid", target("1", "on"));
  await host.hides("has one address", '[data-target="2"]');
  assert.equal(await host.page.inputValue("#recording-layout"), "grid");
  assert.doesNotMatch(await host.page.content(), /secret-key/);
  await host.page.keyboard.press("Escape");
  await focus.say(modes);
  for (const each of [host, guest]) await each.hangUp();
});

test("no page complained", { skip }, () => {
  for (const each of [teacher, pupil, other]) assert.deepEqual(each.troubles, [], each.identity.name);
});
