/** A meeting in a frame of another site: by our script, by a page that speaks Jitsi's wire itself, and by one that means harm. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { withoutBrowser } from "../harness/browser.ts";
import { EmbeddingPage, type EmbeddingSite, openEmbeddingSite, pageWithScript } from "../harness/embedding-page.ts";
import { anna, boris, vera } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { perceives } from "../harness/senses.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

const skip = withoutBrowser();
let site: EmbeddingSite;
const scene = setScene({
  skip,
  prepare: async ({ stack }) => {
    site = await openEmbeddingSite(pageWithScript(stack.local.urls.http));
  },
});
const room = "Встроенный урок";
let embedded: EmbeddingPage;
let guest: Participant;
let guestId: string;
let ownId: string;

after(async () => {
  await site?.[Symbol.asyncDispose]();
});

const seenAs = async (what: string, holds: (person: Awaited<ReturnType<typeof ofEmbedded>>) => boolean) =>
  eventually(`${boris.name} sees ${what}`, async () => {
    const person = await ofEmbedded();
    return holds(person) ? undefined : JSON.stringify(person);
  });

async function ofEmbedded() {
  return (await guest.state()).participants.find(({ id }) => id === ownId);
}

function idOf(value: unknown): string {
  return String((value as { readonly id?: string } | undefined)?.id);
}

test("a page of another origin shows the meeting and is told of it", { skip }, async () => {
  embedded = await EmbeddingPage.open(scene.browser, site.url, anna);
  const options = {
    roomName: room,
    lang: "ru",
    configOverwrite: {
      prejoinConfig: { enabled: false },
      toolbarButtons: ["microphone", "chat", "hangup", "raisehand"],
    },
    userInfo: { displayName: anna.name, email: "anna@school.example", avatarURL: "https://school.example/anna.png" },
  };
  await embedded.page.evaluate(`embed(${JSON.stringify(options)})`);
  await embedded.hears(
    "videoConferenceJoined",
    ({ roomName, displayName }) => roomName === room && displayName === anna.name,
    {
      timeoutMs: 30_000,
    },
  );
  ownId = (await embedded.state()).endpoint;
  await embedded.hears("browserSupport", ({ supported }) => supported === true);
  assert.equal(await embedded.page.evaluate("document.querySelector('iframe').id"), "jitsiConferenceFrame0");
  assert.match(String(await embedded.page.evaluate("api.getIFrame().allow")), /camera.*display-capture.*microphone/);
  assert.equal(await embedded.frame.evaluate("document.documentElement.lang"), "ru");
  assert.equal(await embedded.frame.evaluate("document.querySelector('#camera')"), null);
});

test("who comes is seen and heard in the frame, counted and described", { skip }, async () => {
  guest = await Participant.join(scene.browser, scene.stack.roomUrl(room), boris);
  guestId = await guest.endpoint();
  await embedded.hears("participantJoined", ({ id, displayName }) => id === guestId && displayName === boris.name);
  await perceives(guest.page, [anna]);
  assert.equal(await embedded.call("getNumberOfParticipants"), 2);
  const people = (await embedded.call("getParticipantsInfo")) as { participantId: string; displayName: string }[];
  assert.deepEqual(
    people.map(({ participantId, displayName }) => [participantId, displayName]),
    [
      [ownId, anna.name],
      [guestId, boris.name],
    ],
  );
  assert.equal(await embedded.call("getEmail", ownId), "anna@school.example");
  assert.equal(await embedded.call("getAvatarURL", ownId), "https://school.example/anna.png");
  const { rooms } = (await embedded.call("getRoomsInfo")) as {
    rooms: { participants: { id: string; role: string }[] }[];
  };
  assert.deepEqual(
    rooms[0]?.participants.map(({ id, role }) => [id, role]),
    [
      [ownId, "moderator"],
      [guestId, "participant"],
    ],
  );
});

test("commands for microphone, camera, screen and hand are done, seen by the others and told of", {
  skip,
}, async () => {
  assert.equal(await embedded.call("isAudioMuted"), false);
  await embedded.command("toggleAudio");
  await embedded.hears("audioMuteStatusChanged", ({ muted }) => muted === true);
  await seenAs("a muted microphone", (person) => person?.audioMuted === true);
  assert.equal(await embedded.call("isAudioMuted"), true);
  await embedded.command("toggleAudio");
  await seenAs("the microphone on", (person) => person?.audioMuted === false);
  await embedded.command("toggleVideo");
  await embedded.hears("videoMuteStatusChanged", ({ muted }) => muted === true);
  await seenAs("no camera", (person) => person?.videoMuted === true);
  await embedded.command("toggleVideo");
  await seenAs("the camera", (person) => person?.videoMuted === false);
  await embedded.command("toggleShareScreen");
  await embedded.hears("screenSharingStatusChanged", ({ on }) => on === true);
  await embedded.hears("contentSharingParticipantsChanged");
  assert.equal(await embedded.call("isSharingScreen"), true);
  await embedded.command("toggleShareScreen");
  await embedded.hears("screenSharingStatusChanged", ({ on }) => on === false);
  await embedded.command("toggleRaiseHand");
  await embedded.hears("raiseHandUpdated", ({ id, handRaised }) => id === ownId && Number(handRaised) > 0);
  await embedded.command("toggleRaiseHand");
});

test("name, subject and chat go both ways", { skip }, async () => {
  await embedded.command("displayName", "Анна П.");
  await seenAs("the new name", (person) => person?.name === "Анна П.");
  await embedded.hears("displayNameChange", ({ id, displayname }) => id === ownId && displayname === "Анна П.");
  await embedded.command("subject", "Физика, урок 3");
  await embedded.hears("subjectChange", ({ subject }) => subject === "Физика, урок 3");
  await guest.shows("reads the subject", "h1:text('Физика, урок 3')");
  await embedded.command("sendChatMessage", "hello from the site");
  await embedded.hears(
    "outgoingMessage",
    ({ message, privateMessage }) => message === "hello from the site" && privateMessage === false,
  );
  await guest.until("reads it", ({ chat }) => chat.some(({ text }) => text === "hello from the site"));
  await guest.say("hello back");
  await embedded.hears("incomingMessage", ({ message, from }) => message === "hello back" && from === guestId);
  await embedded.command("toggleChat");
  await embedded.hears("chatUpdated", ({ isOpen }) => isOpen === true);
  await embedded.command("toggleChat");
  await embedded.command("sendEndpointTextMessage", guestId, "for the page around");
});

test("the stage obeys, and says what it shows", { skip }, async () => {
  await embedded.command("setLargeVideoParticipant", guestId);
  await embedded.hears("tileViewChanged", ({ enabled }) => enabled === false);
  await embedded.hears("largeVideoChanged");
  await eventually("a picture of what is large", async () => {
    const picture = (await embedded.call("captureLargeVideoScreenshot").catch(String)) as { dataURL?: string };
    return picture.dataURL?.startsWith("data:image/png;base64,") ? undefined : JSON.stringify(picture);
  });
  await embedded.command("setTileView", true);
  await embedded.hears("tileViewChanged", ({ enabled }) => enabled === true);
  await embedded.command("pinParticipant", guestId);
  await embedded.command("toggleFilmStrip");
  await embedded.hears("filmstripDisplayChanged", ({ visible }) => visible === false);
  await embedded.command("toggleFilmStrip");
  await embedded.command("setVideoQuality", 360);
  await embedded.hears("videoQualityChanged", ({ videoQuality }) => videoQuality === 360);
  assert.equal(await embedded.call("getVideoQuality"), 360);
  await embedded.command("setAudioOnly", true);
  await embedded.hears("audioOnlyChanged", ({ enabled }) => enabled === true);
  await embedded.command("setAudioOnly", false);
  await embedded.command("toggleParticipantsPane", true);
  await embedded.hears("participantsPaneToggled", ({ open }) => open === true);
  assert.equal(await embedded.call("isParticipantsPaneOpen"), true);
  await embedded.command("toggleParticipantsPane", false);
});

test("buttons and lines of the page are the site's to change", { skip }, async () => {
  await embedded.command("overwriteConfig", {
    toolbarButtons: ["microphone", "raisehand"],
    buttonsWithNotifyClick: [{ key: "raisehand", preventExecution: true }, "microphone"],
  });
  await eventually("there is no chat button", async () => ((await embedded.frame.$("#chat")) ? "#chat" : undefined));
  await embedded.frame.click("#raisehand");
  await embedded.hears(
    "toolbarButtonClicked",
    ({ key, preventExecution }) => key === "raisehand" && preventExecution === true,
  );
  const { handRaised } = (await embedded.state()) as unknown as { handRaised: boolean };
  assert.equal(handRaised, false);
  await embedded.command("showNotification", {
    title: "Lesson ends soon",
    uid: "end",
    timeout: "sticky",
    customActions: [{ label: "More time", uuid: "more-time" }],
  });
  await embedded.frame.click("text=More time");
  await embedded.hears("customNotificationActionTriggered", ({ data }) => (data as { id?: string }).id === "more-time");
  await embedded.command("showNotification", { title: "Gone soon", uid: "gone", timeout: "sticky" });
  await embedded.frame.waitForSelector("text=Gone soon");
  await embedded.command("hideNotification", "gone");
  await embedded.frame.waitForSelector("text=Gone soon", { state: "detached" });
});

test("no notice is shown beyond the page, however many there are", { skip }, async () => {
  const narrow = embedded.page.viewportSize() ?? { width: 480, height: 300 };
  await embedded.page.setViewportSize({ width: 1000, height: 500 });
  const uids = ["1", "2", "3", "4", "5"];
  for (const uid of uids)
    await embedded.command("showNotification", {
      title: `Notice ${uid} of a lesson with many of them`,
      description: "Its words take some lines, so that all of them are higher than the frame. ".repeat(2),
      uid,
      timeout: "sticky",
      customActions: [{ label: "Understood", uuid: uid }],
    });
  await embedded.frame.waitForSelector("text=Notice 5");
  await embedded.frame.evaluate("Promise.all(document.getAnimations().map(({ finished }) => finished))");
  const tops = await embedded.frame.$$eval(".notice", (notices) =>
    notices
      .filter((each) => each.checkVisibility({ visibilityProperty: true }))
      .map((each) => each.getBoundingClientRect().top),
  );
  assert.ok(tops.length > 1 && tops.every((top) => top >= 0), `tops of those in sight: ${tops}`);
  for (const uid of uids.slice(1)) await embedded.command("hideNotification", uid);
  await embedded.frame.waitForSelector("text=Notice 1");
  await embedded.command("hideNotification", "1");
  await embedded.page.setViewportSize(narrow);
});

test("devices are listed and changed by name", { skip }, async () => {
  const devices = (await embedded.call("getAvailableDevices")) as Record<string, { label: string }[]>;
  assert.deepEqual(Object.keys(devices).sort(), ["audioInput", "audioOutput", "videoInput"]);
  const camera = devices.videoInput?.[0]?.label ?? "";
  assert.equal(await embedded.call("setVideoInputDevice", camera), camera !== "");
  assert.equal(await embedded.call("setVideoInputDevice", "no such camera"), false);
  assert.equal(await embedded.call("isDeviceChangeAvailable", "output"), true);
  assert.equal(await embedded.call("isMultipleAudioInputSupported"), true);
});

test("what the app cannot do is answered, and no request is left without an answer", { skip }, async () => {
  await assert.rejects(embedded.call("invite", [{ type: "phone", number: "+7" }]), /nobody can be called/);
  for (const name of [
    "isAudioAvailable",
    "isVideoAvailable",
    "isVideoMuted",
    "isStartSilent",
    "isP2pActive",
    "isAudioDisabled",
  ])
    assert.equal(typeof (await embedded.call(name)), "boolean", name);
  assert.equal(await embedded.call("isModerationOn", "audio"), false);
  assert.equal(await embedded.call("isParticipantForceMuted", guestId, "audio"), false);
  assert.deepEqual(await embedded.call("getContentSharingParticipants"), { sharingParticipantIds: [] });
  assert.match(String(await embedded.call("getSessionId")), /.+/);
  assert.deepEqual(await embedded.call("getDeploymentInfo"), {});
  assert.deepEqual(await embedded.call("listBreakoutRooms"), {});
});

test("a moderator's commands reach the room and the others", { skip }, async () => {
  await embedded.command("muteRemoteParticipant", guestId, "audio");
  await guest.until("is muted", ({ audioMuted }) => audioMuted);
  await embedded.hears(
    "participantMuted",
    ({ participantId, isMuted, mediaType }) => participantId === guestId && isMuted === true && mediaType === "audio",
  );
  await embedded.command("toggleModeration", true, "audio");
  await embedded.hears(
    "moderationStatusChanged",
    ({ mediaType, enabled }) => mediaType === "audio" && enabled === true,
  );
  assert.equal(await embedded.call("isParticipantForceMuted", guestId, "audio"), true);
  await embedded.command("askToUnmute", guestId);
  await embedded.hears("moderationParticipantApproved", ({ id }) => id === guestId);
  await embedded.command("toggleModeration", false, "audio");
  await embedded.command("addBreakoutRoom", "Группа 1");
  await embedded.hears("breakoutRoomsUpdated", ({ rooms }) => JSON.stringify(rooms).includes("Группа 1"));
  await embedded.command("toggleLobby", true);
  await embedded.until("has a lobby", ({ roomInfo }) => roomInfo.lobby !== undefined);
  const knocker = await Participant.arrive(scene.browser, vera);
  await knocker.ask(scene.stack.roomUrl(room));
  await embedded.hears(
    "knockingParticipant",
    ({ participant }) => (participant as { name?: string }).name === vera.name,
  );
  const [knock] = await embedded.heard("knockingParticipant");
  await embedded.command("answerKnockingParticipant", idOf(knock?.data.participant), true);
  await knocker.inCall();
  const knockerId = await knocker.endpoint();
  await embedded.hears("participantJoined", ({ id }) => id === knockerId);
  await embedded.command("kickParticipant", knockerId);
  await knocker.isOn("left");
  await embedded.hears("participantLeft", ({ id }) => id === knockerId);
  await knocker.page.close();
  await embedded.command("password", "сезам");
  await embedded.until("has a password", ({ roomInfo }) => roomInfo.hasPassword);
});

test("messages that mean harm change nothing", { skip }, async () => {
  const before = await embedded.state();
  await embedded.page.evaluate(`(() => {
    const frame = document.querySelector("iframe").contentWindow;
    const letter = (scope, method, params) => JSON.stringify({ postis: true, scope, method, params });
    const scope = "jitsi_meet_external_api_0";
    const event = (name, ...data) => letter(scope, "message", { type: "event", data: { name, data } });
    const hostile = [
      letter("jitsi_meet_external_api_7", "message", { type: "event", data: { name: "video-hangup", data: [] } }),
      "video-hangup", "{", "null", "[]", 7, null, { postis: true, scope, method: "message" },
      letter(scope, "message", null), letter(scope, "message", { type: "event" }), letter(scope, "__proto__", {}),
      event("no-such-command"), event("__proto__"), event("constructor"), event("toString"),
      event("show-notification", null), event("show-notification", { title: "<img src=x onerror=veche()>", type: "odd" }),
      event("kick-participant", { toString: 1 }), event("set-participant-volume", "${guestId}", 1e9),
      event("overwrite-config", { hosts: { domain: "evil.example" } }), event("overwrite-config", [1, [2]]),
      event("set-media-encryption-key", "{"), event("set-virtual-background", true, "https://evil.example/x.png"),
      event("send-tones", { tones: {} }), event("resize-film-strip", { width: "wide" }), event("pin-participant", "nobody"),
      event("overwrite-names", [null, { id: 3 }, "x"]), event("display-name", { a: 1 }.b ?? "Анна П."),
      letter(scope, "message", { type: "request", id: 900, data: { name: "no-such-request" } }),
      letter(scope, "message", { type: "response", id: 1, result: {} }),
      letter(scope, "message", { type: "event", data: { name: "x".repeat(9 * 1024 * 1024), data: [] } }),
    ];
    for (const each of hostile) frame.postMessage(each, "*");
  })()`);
  // Answered after all of them.
  assert.equal(await embedded.call("isAudioMuted"), false);
  const now = await embedded.state();
  assert.deepEqual({ ...now, notices: [] }, { ...before, notices: [] });
  await guest.assertInCall();
});

test("the frame of a stranger within the page is not listened to", { skip }, async () => {
  await embedded.page.evaluate(`(async () => {
    const stranger = document.createElement("iframe");
    stranger.srcdoc = "<script>for (const [name] of [['video-hangup']]) parent.frames[0].postMessage(JSON.stringify({ postis: true, scope: 'jitsi_meet_external_api_0', method: 'message', params: { type: 'event', data: { name, data: [] } } }), '*')<\\/script>";
    const loaded = new Promise((resolve) => { stranger.onload = resolve; });
    document.body.append(stranger);
    await loaded;
    stranger.remove();
  })()`);
  assert.equal(await embedded.call("isVideoMuted"), false);
  assert.equal((await embedded.state()).page, "call");
});

test("hanging up is told of, the page may close the frame, and the others see it", { skip }, async () => {
  await embedded.command("hangup");
  await embedded.hears("videoConferenceLeft", ({ roomName }) => roomName === room);
  await embedded.hears("readyToClose");
  assert.equal(await embedded.call("getNumberOfParticipants"), 0);
  await guest.until("is alone", ({ participants }) => participants.length === 0);
  await embedded.call("dispose");
  assert.equal(await embedded.page.$("iframe"), null);
  assert.deepEqual(
    embedded.troubles.filter((text) => !/evil\.example/.test(text)),
    [],
  );
  await embedded.page.close();
});

/** Not our script: what any page does that speaks the wire as Jitsi's script does, each message written out. */
const handWritten = (app: string, address: string) => `<!doctype html>
<iframe id="f" allow="camera; microphone; display-capture; autoplay" src="${app}/${address}" width="800" height="500"></iframe>
<script>
  const scope = "jitsi_meet_external_api_5";
  const frame = document.getElementById("f").contentWindow;
  const heard = [], answers = new Map();
  let isReady = false;
  const post = (method, params) => frame.postMessage(JSON.stringify({ postis: true, scope, method, params }), "*");
  const own = String(Date.now() + Math.random());
  const hello = setInterval(() => post("__ready__", own), 50);
  addEventListener("message", ({ data }) => {
    let letter;
    try { letter = JSON.parse(data); } catch { return; }
    if (!letter.postis || letter.scope !== scope) return;
    if (letter.method === "__ready__") {
      if (letter.params === own) { isReady = true; clearInterval(hello); } else post("__ready__", letter.params);
    } else if (letter.params.type === "event") heard.push(letter.params.data);
    else if (letter.params.type === "response") answers.set(letter.params.id, letter.params);
  });
  const tell = (name, ...data) => post("message", { type: "event", data: { name, data } });
  const ask = (id, data) => post("message", { type: "request", id, data });
</script>`;

test("a page that writes the wire by hand is understood, and so is one of the oldest kind", { skip }, async () => {
  const hash = `#jitsi_meet_external_api_id=5&config.prejoinConfig.enabled=false&userInfo.displayName=%22Hand%22`;
  await using hand = await openEmbeddingSite(handWritten(scene.stack.local.urls.http, `by-hand${hash}`));
  const page = await EmbeddingPage.open(scene.browser, hand.url, vera);
  const has = (script: string) =>
    eventually(
      script,
      async () =>
        (await page.page.evaluate(script)) === true
          ? undefined
          : await page.page.evaluate("JSON.stringify([isReady, heard.map(({ name }) => name)])"),
      {
        timeoutMs: 30_000,
      },
    );
  await has("isReady");
  await has("heard.some(({ name }) => name === 'ready')");
  await has(
    "heard.some(({ name, roomName, id }) => name === 'video-conference-joined' && roomName === 'by-hand' && id.length === 8)",
  );
  await page.page.evaluate(
    "ask(1, { name: 'is-audio-muted' }); ask('two', { type: 'devices', name: 'isDeviceListAvailable' }); ask(3, { name: 'what' })",
  );
  await has(
    "answers.get(1)?.result === false && answers.get('two')?.result === true && typeof answers.get(3)?.error === 'string'",
  );
  await page.page.evaluate("tell('toggle-audio')");
  await has("heard.some(({ name, muted }) => name === 'audio-mute-status-changed' && muted === true)");
  await page.page.evaluate("post('display-name', ['Old Hand'])");
  await has("heard.some(({ name, displayname }) => name === 'display-name-change' && displayname === 'Old Hand')");
  await page.page.evaluate("tell('video-hangup')");
  await has("heard.some(({ name }) => name === 'video-ready-to-close')");
  await page.page.close();
});

test("without a page around it the app talks to nobody", { skip }, async () => {
  const alone = await Participant.join(scene.browser, scene.stack.roomUrl("alone"), vera, {
    overrides: ["jitsi_meet_external_api_id=0"],
  });
  await alone.page.evaluate("window.postMessage('{}', '*')");
  assert.deepEqual(alone.troubles, []);
  await alone.page.close();
  assert.deepEqual(guest.troubles, []);
});
