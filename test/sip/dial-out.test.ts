/** Telephones that are called from a conference: who may, how many, what is said when nobody takes it, and a page that is loaded again. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { after, test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { anna } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { setScene } from "../harness/stack.ts";
import { callsOf, hears, oneGateway, seesPhones, withoutGateway } from "../harness/telephone/gateway.ts";
import { Phone, withoutPhones } from "../harness/telephone/phone.ts";
import { SippCall, withoutSipp } from "../harness/telephone/sipp.ts";
import { eventually } from "../harness/wait.ts";
import { mucDomain, WireClient } from "../harness/wire-client.ts";

const skip = withoutBrowser() || withoutPhones() || withoutSipp() || withoutGateway();
const scene = setScene({
  skip,
  size: oneGateway.size,
  env: { ...oneGateway.env, VECHE_SIP_MAX_DIALOUT_PER_PERSON: "1", VECHE_SIP_RING_TIMEOUT: "10s" },
});
const room = "telephonesout";
const longMs = { timeoutMs: 40_000 };

let teacher: Participant;
let phone: Phone;

after(() => phone?.[Symbol.asyncDispose]());

async function dial(target: string): Promise<void> {
  await teacher.page.fill("#dial-number", target);
  await teacher.page.press("#dial-number", "Enter");
}

async function openInvitation(): Promise<void> {
  await teacher.press("more");
  await teacher.press("invite-people");
  await teacher.shows("sees the field", "#dial-number");
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

test("a moderator's call rings; a second one at a time is more than they may have", { skip }, async () => {
  teacher = await Participant.join(scene.browser, scene.stack.roomUrl(room, "?lang=en"), anna);
  await teacher.until("is moderator", ({ isModerator }) => isModerator);
  await openInvitation();
  phone = await Phone.start({ user: "74951111111", toneHz: 1400 });
  await dial(phone.address);
  await phone.comes("CALL_INCOMING");
  await teacher.shows("sees it ring", '[data-call]:has-text("Ringing")');
  await dial("sip:74959999999@127.0.0.1:9");
  await teacher.shows("is told", '#dial-problem:has-text("lines are busy")');
});

test("what nobody answers is given up, and who called is told", { skip }, async () => {
  await teacher.shows("is told", '.notice[data-notice="dialOut.ended.noAnswer"]', longMs);
  await phone.comes("CALL_CLOSED");
  await teacher.hides("sees the call no more", "[data-call]");
});

for (const [status, ending] of [
  [486, "busy"],
  [603, "rejected"],
  [404, "failed"],
] as const)
  test(`a telephone that answers ${status}: who called is told so`, { skip }, async () => {
    const port = await freeUdpPort();
    await using refusing = await SippCall.refuse(port, status);
    await dial(`sip:74958880${status}@127.0.0.1:${port}`);
    await refusing.succeeds();
    await teacher.shows("is told", `.notice[data-notice="dialOut.ended.${ending}"]`, longMs);
    await teacher.hides("sees the call no more", "[data-call]");
  });

test("whoever is no moderator may not dial, nor into another room", { skip }, async () => {
  using pupil = await WireClient.connect(scene.stack.local.urls.http, room);
  await pupil.signIn();
  await pupil.join(room);
  const jid = `${room}@${mucDomain}`;
  const ask = (named: string) =>
    pupil.ask(
      `<dial xmlns="urn:xmpp:rayo:1" from="fromnumber" to="${phone.address}"><header name="JvbRoomName" value="${named}"/></dial>`,
      `${jid}/focus`,
    );
  for (const named of [jid, `another@${mucDomain}`]) assert.match(await ask(named), /<forbidden/);
  assert.deepEqual(await callsOf(scene.stack), []);
});

test("a page that is loaded again finds the call it had begun", { skip }, async () => {
  const before = phone.count("CALL_INCOMING");
  await dial(phone.address);
  await eventually("it rings", () => (phone.count("CALL_INCOMING") > before ? undefined : "it is silent"));
  phone.answer();
  await teacher.shows("sees it answered", '[data-call]:has-text("Connected")');
  const closed = phone.count("CALL_CLOSED");
  await teacher.page.reload();
  await teacher.inCall();
  await hears(teacher, 1400);
  await seesPhones(teacher, "it connected", ([seen]) => seen?.callStatus === "Connected");
  assert.equal(phone.count("CALL_CLOSED"), closed);
  phone.hangUp();
  await seesPhones(teacher, "nobody", (phones) => phones.length === 0);
});
