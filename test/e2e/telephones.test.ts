/** Telephones as the web app shows them: numbers to dial, a call into the meeting, and how the one who called ends it. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { answerDialIn } from "../harness/dial-in.ts";
import { EmbeddingPage, openEmbeddingSite, pageWithScript } from "../harness/embedding-page.ts";
import { GatewayCall } from "../harness/gateway-call.ts";
import { anna, boris } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { ScriptedFocus } from "../harness/scripted-focus.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser();
const scene = setScene({ skip });
const room = "telephones";
const english = "?lang=en";
const number = "+74951234567";

const dialOut = (isThere: boolean) =>
  `<conference-properties xmlns="http://jitsi.org/protocol/focus"><property xmlns="http://jitsi.org/protocol/focus" key="dial-out" value="${isThere}"/></conference-properties>`;
const refusal = (condition: string) =>
  `<error type="cancel"><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error>`;

const numbers = [
  { countryCode: "RU", formattedNumber: "+7 495 123-45-67", tollFree: false },
  { countryCode: "RU", formattedNumber: "+7 800 555-35-35", tollFree: true },
  { countryCode: "DE", formattedNumber: "+49 30 1234567", tollFree: false },
  { countryCode: "US", formattedNumber: "+1 555 0100", tollFree: false },
];

let host: Participant;
let pupil: Participant;
let focus: ScriptedFocus;
let call: GatewayCall;
let known: unknown = numbers;

after(() => call?.[Symbol.dispose]());

type Phone = { readonly id: string; readonly isPhone: boolean; readonly callStatus: string };

async function phonesOf(who: Participant): Promise<readonly Phone[]> {
  const { participants } = (await who.state()) as unknown as { participants: readonly Phone[] };
  return participants.filter(({ isPhone }) => isPhone);
}

async function openInvitation(): Promise<void> {
  await host.press("more");
  await host.press("invite-people");
  await host.shows("sees the invitation", "#invite-dialog");
}

const closeDialog = () => host.page.keyboard.press("Escape");

const row = (id: string) => `#participants-pane [data-person="${id}"]`;

test("an invitation names numbers and code, and the text that is copied, too", { skip }, async () => {
  focus = new ScriptedFocus(dialOut(true), "");
  host = await Participant.arrive(scene.browser, anna);
  await host.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await focus.stand(host.page);
  await answerDialIn(host.page, () => ({ numbers: known, code: 123456 }));
  await host.open(scene.stack.roomUrl(room, english));
  pupil = await Participant.join(scene.browser, scene.stack.roomUrl(room, english), boris);
  await host.until("is moderator", ({ isModerator, participants }) => isModerator && participants.length === 1);
  await openInvitation();
  await host.shows("sees the code", '#dial-in-code:text-is("123 456")');
  assert.equal(await host.page.locator("#dial-in li").count(), 3);
  await host.press("more-numbers");
  await host.shows("sees the last number", '#dial-in li:has-text("+1 555 0100")');
  await host.shows("sees what it costs", '#dial-in li:has-text("+7 800 555-35-35"):has-text("Russia, free of charge")');
  assert.equal(await host.page.getAttribute('#dial-in a:has-text("+49")', "href"), "tel:+49301234567,,123456%23");
  await host.press("copy-invitation");
  const invitation = /\/telephones\n\nBy telephone:\n\+7 495 123-45-67 \(Russia\)\n.*\n.*\nCode: 123 456#\n$/s;
  await eventually("the invitation is copied", async () => {
    const copied = await host.page.evaluate<string>("navigator.clipboard.readText()");
    return invitation.test(copied) ? undefined : copied;
  });
  await closeDialog();
});

test("where the numbers cannot be learnt, nothing is said of them", { skip }, async () => {
  known = undefined;
  await openInvitation();
  await host.hides("sees numbers", "#dial-in");
  assert.equal(await host.page.locator("#invite-dialog .error:visible").count(), 0);
  await closeDialog();
  known = { numbersEnabled: true, numbers: { RU: ["+7 495 123-45-67"] } };
  await openInvitation();
  await host.shows("sees the number", '#dial-in li:has-text("+7 495 123-45-67")');
  assert.equal(await host.page.locator("#more-numbers").count(), 0);
});

test("what cannot be called is said in plain words, at the field", { skip }, async () => {
  const tries = async (typed: string, expected: string) => {
    await host.page.fill("#dial-number", typed);
    await host.page.press("#dial-number", "Enter");
    await host.shows(`is told of ${typed}`, `#dial-problem:has-text("${expected}")`);
    await host.page.fill("#dial-number", "");
    await host.hides("is told it no more", `#dial-problem:has-text("${expected}")`);
  };
  await tries("the headmaster", "in digits");
  assert.deepEqual(focus.asked, []);
  for (const [condition, words] of [
    ["forbidden", "may not be called"],
    ["resource-constraint", "All lines are busy"],
    ["unexpected-request", "So many calls"],
    ["service-unavailable", "no line to telephones"],
    ["remote-server-timeout", "did not get through"],
  ] as const) {
    focus.answerWith(refusal(condition));
    await tries("+7 900 000-00-00", words);
  }
});

test("a call is begun, rings, is answered, and everybody sees how it stands", { skip }, async () => {
  call = await GatewayCall.ready(scene.stack.local.urls.http, room, number);
  focus.answerWith(`<ref xmlns="urn:xmpp:rayo:1" uri="xmpp:${call.jid}"/>`);
  await host.page.fill("#dial-number", "+7 (495) 123-45-67");
  await host.press("dial");
  await eventually("the focus is asked", () => {
    const asked = focus.asked.at(-1) ?? "";
    const isRight = /<dial xmlns="urn:xmpp:rayo:1" from="fromnumber" to="\+74951234567">/.test(asked);
    return isRight && asked.includes(`name="JvbRoomName" value="${room}@muc.meet.jitsi"`) ? undefined : asked;
  });
  await call.enter("Initializing Call");
  await host.shows("sees it begin", `[data-call="${call.id}"]:has-text("Starting the call")`);
  call.say("Ringing...");
  const tile = host.tile(call.id);
  await host.shows("sees it ring in the tile", `${tile} .call-state:has-text("Ringing")`);
  await pupil.shows("sees it ring", `${pupil.tile(call.id)} .call-state:has-text("Ringing")`);
  assert.equal(await host.page.locator(`${tile} .line-mark`).count(), 0);
  assert.equal(await pupil.page.locator('.notice[data-notice="notify.connectedOneMember"]').count(), 0);
  call.say("Connected");
  await host.shows("sees it answered", `[data-call="${call.id}"]:has-text("Connected")`);
  await host.hides("sees nothing over the tile", `${tile} .call-state`);
  await pupil.shows("is told who has come", `.notice[data-notice="notify.connectedOneMember"]:has-text("${number}")`);
  assert.match((await host.page.getAttribute(tile, "aria-label")) ?? "", /^\+74951234567, By telephone, Connected/);
  assert.deepEqual(await phonesOf(pupil), await phonesOf(host));
  await closeDialog();
});

test("in the pane a telephone has no camera, cannot be written to or lead, and is asked to speak", {
  skip,
}, async () => {
  await host.page.keyboard.press("KeyP");
  await host.shows("sees the telephone", `${row(call.id)} .person-role:has-text("By telephone")`);
  assert.equal(await host.page.locator(`${row(call.id)} [data-mark="videoMuted"]`).count(), 0);
  assert.equal(await host.page.textContent("#participants-count span"), "3");
  await host.page.click(`[data-testid="participant-more-options-${call.id}"]`);
  await host.shows("sees the menu", `${row(call.id)} .menu [data-testid^="volume-"]`);
  const lines = await host.page.$$eval(`${row(call.id)} .menu [data-testid]`, (items) =>
    items.map((item) => item.getAttribute("data-testid")?.replace(/-[0-9a-f]{8}$/, "")),
  );
  assert.deepEqual(lines, ["mute-audio", "pin", "hang-up", "kick", "volume"]);
  await closeDialog();
  call.mute(true);
  await host.page.click(`${row(call.id)} [data-testid="unmute-audio-${call.id}"]`);
  await call.hears(/av_moderation.*approved/s);
  await host.page.keyboard.press("KeyP");
});

test("attendance holds the telephone", { skip }, async () => {
  await host.press("more");
  await host.press("stats");
  await host.shows("sees it", `#speaker-stats tr:has-text("${number}") .person-role:has-text("By telephone")`);
  await closeDialog();
});

test("who has called hangs up; a call that nobody answers is told of", { skip }, async () => {
  await openInvitation();
  await host.page.click(`[data-call="${call.id}"] button`);
  await eventually("the call's place is asked to hang up", () => {
    const asked = focus.asked.at(-1) ?? "";
    return asked.includes('<hangup xmlns="urn:xmpp:rayo:1"/>') && asked.includes(`to="${call.jid}"`)
      ? undefined
      : asked;
  });
  call.leave();
  await host.hides("sees the call", `[data-call="${call.id}"]`);
  assert.equal(await host.page.locator('.notice[data-notice^="dialOut.ended"]').count(), 0);
  using second = await GatewayCall.ready(scene.stack.local.urls.http, room, "112");
  focus.answerWith(`<ref xmlns="urn:xmpp:rayo:1" uri="xmpp:${second.jid}"/>`);
  await host.page.fill("#dial-number", "112");
  await host.page.press("#dial-number", "Enter");
  await second.enter("Ringing...");
  await host.shows("sees it ring", `[data-call="${second.id}"]`);
  second.say("Busy");
  second.leave();
  await host.shows("is told", '.notice[data-notice="dialOut.ended.busy"]:has-text("112 is busy")');
  await closeDialog();
});

test("a moderator removes a telephone that somebody else has called", { skip }, async () => {
  using stranger = await GatewayCall.ready(scene.stack.local.urls.http, room, "+7 900 1");
  await stranger.enter("Connected");
  await host.page.keyboard.press("KeyP");
  await host.page.click(`[data-testid="participant-more-options-${stranger.id}"]`);
  await host.page.click(`${row(stranger.id)} .menu [data-testid="kick-${stranger.id}"]`);
  await host.press("modal-dialog-ok-button");
  await stranger.isRemoved();
  await host.hides("sees it no more", row(stranger.id));
  await host.page.keyboard.press("KeyP");
});

test("when the gateway goes, so does the field, and both come back", { skip }, async () => {
  await openInvitation();
  await host.shows("sees the field", "#dial-number");
  await focus.say(dialOut(false));
  await host.hides("sees the field no more", "#dial-out");
  await focus.say(dialOut(true));
  await host.shows("sees the field again", "#dial-number");
  await closeDialog();
});

test("who does not lead sees numbers at most", { skip }, async () => {
  await pupil.press("more");
  await pupil.press("invite-people");
  await pupil.shows("sees the invitation", "#invite-dialog");
  assert.equal(await pupil.page.locator("#dial-out").count(), 0);
  await pupil.page.keyboard.press("Escape");
});

test("a page around ours calls telephones and is told of them as of anybody", { skip }, async () => {
  await using site = await openEmbeddingSite(pageWithScript(scene.stack.local.urls.http));
  const embedded = await EmbeddingPage.open(scene.browser, site.url, anna);
  await focus.stand(embedded.page);
  const options = { roomName: "called", configOverwrite: { prejoinConfig: { enabled: false } } };
  await embedded.page.evaluate(`embed(${JSON.stringify(options)})`);
  await embedded.hears("participantRoleChanged", ({ role }) => role === "moderator", { timeoutMs: 30_000 });
  using invited = await GatewayCall.ready(scene.stack.local.urls.http, "called", number);
  focus.answerWith(`<ref xmlns="urn:xmpp:rayo:1" uri="xmpp:${invited.jid}"/>`);
  assert.equal(await embedded.call("invite", [{ type: "phone", number: "+7 495 123-45-67" }]), true);
  assert.match(focus.asked.at(-1) ?? "", /<dial [^>]*to="\+74951234567"/);
  await invited.enter("Connected");
  await embedded.hears("participantJoined", ({ id, displayName }) => id === invited.id && displayName === number);
  focus.answerWith(refusal("forbidden"));
  await assert.rejects(embedded.call("invite", [{ type: "phone", number: "+7 900 1" }]), /invites failed/);
  await assert.rejects(embedded.call("invite", [{ type: "user", id: "1" }]), /type phone/);
  invited.leave();
  await embedded.hears("participantLeft", ({ id }) => id === invited.id);
  await embedded.page.close();
});

test("no page complained", { skip }, () => {
  for (const { troubles, identity } of [host, pupil]) {
    // The service that was away on purpose.
    const unexpected = troubles.filter((each) => !each.includes("503"));
    assert.deepEqual(unexpected, [], identity.name);
  }
});
