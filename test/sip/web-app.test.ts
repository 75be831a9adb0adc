/** What the web app shows of a gateway that runs, and of one that does not: numbers, refusals, calls in vain. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { anna } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { setScene } from "../harness/stack.ts";
import { codeOf, dialInNumber, oneGateway, withoutGateway } from "../harness/telephone/gateway.ts";
import { Phone, withoutPhones } from "../harness/telephone/phone.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser() || withoutPhones() || withoutGateway();
const scene = setScene({ skip, ...oneGateway });
const room = "TelephoneInvitation";
const silentMs = { timeoutMs: 30_000 };

let host: Participant;
let phone: Phone;

after(() => phone?.[Symbol.asyncDispose]());

async function openInvitation(): Promise<void> {
  await host.press("more");
  await host.press("invite-people");
  await host.shows("sees the invitation", "#invite-dialog");
}

async function dial(target: string): Promise<void> {
  await host.page.fill("#dial-number", target);
  await host.page.press("#dial-number", "Enter");
}

test("the invitation names the gateway's number and the room's code", { skip }, async () => {
  await eventually("pages are told of the gateway", async () => {
    const config = await (await fetch(`${scene.stack.local.urls.http}/config.js`)).text();
    return config.includes("dialInNumbersUrl") ? undefined : "nothing yet";
  });
  host = await Participant.join(scene.browser, scene.stack.roomUrl(room, "?lang=en"), anna);
  await host.until("is moderator", ({ isModerator }) => isModerator);
  await openInvitation();
  await host.shows("sees the number", `#dial-in li:has-text("${dialInNumber}"):has-text("Russia")`);
  const code = await host.page.textContent("#dial-in-code");
  assert.equal(code?.replaceAll(" ", ""), await codeOf(scene.stack, room));
});

test("a number that may not be dialled is refused in plain words", { skip }, async () => {
  await dial("+7 900 000-00-00");
  await host.shows("is told", '#dial-problem:has-text("may not be called")');
  await dial("123456789012345678");
  await host.shows("is told", '#dial-problem:has-text("in digits")');
});

test("who does not take the call is gone again, and who called is told", { skip }, async () => {
  phone = await Phone.start({ user: "74954444444", toneHz: 900 });
  await dial(phone.address);
  await phone.comes("CALL_INCOMING");
  await host.shows("sees it ring", '[data-call]:has-text("Ringing")');
  phone.hangUp();
  await host.shows("is told", `.notice[data-notice^="dialOut.ended."]:has-text("${phone.user}")`);
  await host.hides("sees the call no more", "[data-call]");
});

test("who has called hangs up while it rings", { skip }, async () => {
  const before = phone.count("CALL_CLOSED");
  await dial(phone.address);
  await eventually("it rings again", () => (phone.count("CALL_INCOMING") > 1 ? undefined : "it is silent"));
  await host.page.click("[data-call] button");
  await eventually("it is silent", () => (phone.count("CALL_CLOSED") > before ? undefined : "it rings"));
  await host.hides("sees the call no more", "[data-call]");
  await host.page.keyboard.press("Escape");
});

test("a telephone is called into a room with a password, which it is not asked for", { skip }, async () => {
  await host.press("security");
  await host.page.fill("#new-password", "s3cret");
  await host.press("set-password");
  await host.until("has set it", ({ roomInfo }) => roomInfo.hasPassword);
  await host.page.keyboard.press("Escape");
  await using answering = await Phone.start({ user: "74955555555", toneHz: 900, answers: true });
  await openInvitation();
  await dial(answering.address);
  await host.shows("sees it answered", '[data-call]:has-text("Connected")');
  await host.page.click("[data-call] button");
  await answering.comes("CALL_CLOSED");
  await host.hides("sees the call no more", "[data-call]");
  await host.page.keyboard.press("Escape");
});

test("while the gateway is away nothing is offered", { skip }, async () => {
  const { local } = scene.stack;
  local.signal("sip-gateway", "SIGSTOP");
  try {
    await openInvitation();
    await host.hides("sees no field", "#dial-out", silentMs);
    await host.page.keyboard.press("Escape");
  } finally {
    local.signal("sip-gateway", "SIGCONT");
  }
  await openInvitation();
  await host.shows("sees the field again", "#dial-number", silentMs);
  await eventually("numbers are answered again", async () => {
    const { status } = await fetch(`${scene.stack.local.urls.http}/dial-in/numbers`);
    return status === 200 ? undefined : `${status}`;
  });
  await host.page.keyboard.press("Escape");
  await openInvitation();
  await host.shows("sees the number again", "#dial-in-code");
});
