/** The page that recorders film: who is where in it, and that nobody else notices it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange } from "@veche/web-app/src/model/recorder/layout.ts";
import type { RecordingLayout } from "@veche/web-app/src/protocol/conference/recording.ts";
import type { Page } from "playwright-core";
import { withoutBrowser } from "../harness/browser.ts";
import { anna, boris, gleb, type Identity, vera } from "../harness/identities.ts";
import { Participant } from "../harness/participant.ts";
import { takePicture } from "../harness/picture.ts";
import { colorsAt } from "../harness/pixels.ts";
import { setScene } from "../harness/stack.ts";
import { eventually } from "../harness/wait.ts";

type RecorderState = {
  readonly phase: string;
  readonly reason?: string;
  readonly participants: number;
  readonly receivingVideo: number;
  readonly isConnected: boolean;
};

const skip = withoutBrowser();
const password = "as seen by nobody";
const scene = setScene({ skip, env: { JIBRI_RECORDER_PASSWORD: password } });
const room = "5А класс — физика";
const picture = { width: 1280, height: 720 };
const people: Participant[] = [];
const strangers: string[] = [];
const troubles: string[] = [];
let recorder: Page;

const stateOf = (page: Page): Promise<RecorderState> => page.evaluate<RecorderState>("vecheRecorder.state()");

async function until(
  what: string,
  holds: (state: RecorderState) => boolean,
  page = recorder,
  timeoutMs = 30_000,
): Promise<void> {
  await eventually(
    what,
    async () => {
      const state = await stateOf(page);
      return holds(state) ? undefined : `${JSON.stringify(state)} ${troubles.slice(-5).join(" | ")}`;
    },
    { timeoutMs },
  );
}

/** A browser of its own, with the account where Jibri puts it. */
async function openRecorder(account: Readonly<Record<string, string>>): Promise<Page> {
  const context = await scene.browser.newContext({ viewport: picture, ignoreHTTPSErrors: true });
  const page = await context.newPage();
  const own = new URL(scene.stack.local.urls.http).host;
  const note = (address: string) => {
    const { protocol, host } = new URL(address);
    if (!["data:", "blob:", "about:"].includes(protocol) && host !== own) strangers.push(address);
  };
  page.on("request", (request) => note(request.url()));
  page.on("websocket", (socket) => note(socket.url()));
  page.on("pageerror", (error) => troubles.push(`${error.name}: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error") troubles.push(message.text());
  });
  await page.addInitScript(`
    for (const [key, value] of Object.entries(${JSON.stringify(account)})) localStorage.setItem(key, value);
    globalThis.devicesAsked = 0;
    navigator.mediaDevices.getUserMedia = () => { devicesAsked++; return Promise.reject(new Error("asked")); };
    navigator.mediaDevices.enumerateDevices = () => { devicesAsked++; return Promise.resolve([]); };`);
  await page.goto(scene.stack.roomUrl(room, "#config.iAmRecorder=true"));
  await eventually("the page stands", async () =>
    (await page.evaluate<boolean>("globalThis.vecheRecorder !== undefined")) ? undefined : troubles.join(" | "),
  );
  return page;
}

const account = {
  xmpp_username_override: "recorder@hidden.meet.jitsi",
  xmpp_password_override: password,
  displayname: "Recorder",
  recorder_mode: "file",
  recorder_session_id: "s1",
};

async function endpointsOf(shown: readonly Participant[]): Promise<string[]> {
  return Promise.all(shown.map((each) => each.endpoint()));
}

/** Everybody's colour is in the middle of the box that the layout has for them. */
async function showsWhere(layout: RecordingLayout, speaker: Participant): Promise<void> {
  const endpoints = await endpointsOf(people);
  const dominant = await speaker.endpoint();
  await eventually(`${layout}: everybody is where the layout puts them`, async () => {
    const seats = await recorder.evaluate<string[]>(
      `[...document.querySelectorAll(".recorder-box")].map(({ dataset }) => dataset.endpoint)`,
    );
    const others = seats.filter((each) => each !== dominant);
    // Who is large has a seat among the others; which one is of no consequence for them.
    const cast = { screens: [], people: layout === "grid" ? seats : [dominant, ...others], speaker: dominant };
    const { boxes } = arrange(layout, cast, picture);
    const places = endpoints.map((endpoint) => boxes.get(endpoint));
    if (places.some((place) => place === undefined)) return `seats: ${seats.join()}`;
    const middles = places.map((place) => ({
      x: Math.round((place?.x ?? 0) + (place?.width ?? 0) / 2),
      y: Math.round((place?.y ?? 0) + (place?.height ?? 0) / 2),
    }));
    const colors = await colorsAt(recorder, middles);
    const expected = people.map(({ identity }) => identity.color);
    return colors.join() === expected.join() ? undefined : `${colors.join()} at ${JSON.stringify(middles)}`;
  });
}

async function letSpeak(speaker: Participant): Promise<void> {
  for (const each of people) await each.page.evaluate("vecheCamera.speak(false); vecheCamera.setLoudness(0.003)");
  await speaker.page.evaluate("vecheCamera.setLoudness(0.6); vecheCamera.speak(true)");
  const endpoint = await speaker.endpoint();
  for (const each of people)
    await each.until("marks the speaker", ({ dominant }) => dominant === endpoint, { timeoutMs: 15_000 });
}

/** Somebody's camera goes off and on, and the recorder is told of both and has the picture. */
async function blink(): Promise<void> {
  const [, second] = people;
  assert.ok(second);
  const box = `.recorder-box[data-endpoint="${await second.endpoint()}"]`;
  const patience = { timeoutMs: 60_000 };
  await second.press("camera");
  await eventually(
    "the recorder is told of the camera",
    async () => ((await recorder.$(`${box} .avatar`)) ? undefined : JSON.stringify(await stateOf(recorder))),
    patience,
  );
  await second.press("camera");
  await eventually(
    "the recorder has the picture",
    async () => {
      const frames = await recorder.evaluate<number>(
        `document.querySelector('${box} video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0`,
      );
      return frames > 5 ? undefined : `${frames} frames; ${JSON.stringify(await stateOf(recorder))}`;
    },
    patience,
  );
  await until(
    "has three pictures that move",
    ({ phase, participants, receivingVideo, isConnected }) =>
      phase === "joined" && participants === 3 && receivingVideo === 3 && isConnected,
    recorder,
    60_000,
  );
}

test("a recorder signs in on the hidden domain and sees everybody", { skip }, async () => {
  const small = { viewport: { width: 640, height: 400 } };
  for (const who of [anna, boris, vera] satisfies Identity[])
    people.push(await Participant.join(scene.browser, scene.stack.roomUrl(room), who, small));
  recorder = await openRecorder(account);
  await until(
    "is in the meeting and has all pictures",
    (state) => state.phase === "joined" && state.receivingVideo === 3,
  );
  const { participants, isConnected } = await stateOf(recorder);
  assert.deepEqual([participants, isConnected], [3, true]);
});

test("the others neither see nor count it, and are told that it records", { skip }, async () => {
  for (const each of people) {
    const { participants } = await each.state();
    assert.equal(participants.length, 2, each.identity.name);
    await each.shows("is told", "#recording-label");
  }
});

test("who speaks is large, and the others are in the strip; names stand at their pictures", { skip }, async () => {
  for (const speaker of [people[1], people[2]]) {
    assert.ok(speaker);
    await letSpeak(speaker);
    await showsWhere("speaker", speaker);
    const large = await recorder.textContent('.recorder-box[data-large="true"] .recorder-name');
    assert.equal(large, speaker.identity.name);
  }
  await takePicture(recorder, "recorder-speaker");
  const names = await recorder.$$eval(".recorder-name", (all) => all.map(({ textContent }) => textContent));
  assert.deepEqual(names.toSorted(), people.map(({ identity }) => identity.name).toSorted());
  assert.match((await recorder.textContent(".recorder-bar")) ?? "", /5А класс — физика.*\d\d?:\d\d:\d\d/);
});

test("the layout is changed while it films", { skip }, async () => {
  const [speaker] = people;
  assert.ok(speaker);
  await recorder.evaluate('vecheRecorder.setLayout("grid")');
  await showsWhere("grid", speaker);
  await takePicture(recorder, "recorder-grid");
  await assert.rejects(recorder.evaluate('vecheRecorder.setLayout("mosaic")'), /speaker, grid, screen.*mosaic/);
});

test("a shared screen is large, as it is, with people beside it", { skip }, async () => {
  const sharer = people[2];
  assert.ok(sharer);
  await recorder.evaluate('vecheRecorder.setLayout("screen")');
  await sharer.press("desktop");
  await eventually("the screen is seen", async () => {
    const [color] = await colorsAt(recorder, [{ x: 540, y: 374 }]);
    return color === vera.screenColor ? undefined : color;
  });
  await takePicture(recorder, "recorder-screen");
  const kinds = await recorder.evaluate<string[]>(
    `[...document.querySelectorAll(".recorder-box")].map(({ dataset }) => dataset.kind)`,
  );
  assert.deepEqual(kinds, ["desktop", "camera", "camera", "camera"]);
  await sharer.press("desktop");
  await recorder.evaluate('vecheRecorder.setLayout("speaker")');
});

test("who switches the camera off has a sign in its place, and everybody is heard", { skip }, async () => {
  const [, second] = people;
  assert.ok(second);
  await second.press("camera");
  const box = `.recorder-box[data-endpoint="${await second.endpoint()}"]`;
  await recorder.waitForSelector(`${box} .avatar`);
  await until("has two pictures", ({ receivingVideo }) => receivingVideo === 2);
  assert.equal(await recorder.$(`${box} video`), null);
  const playing = `[...document.querySelectorAll("audio")].filter((each) => !each.paused && each.srcObject).length`;
  await eventually("three voices play", async () => {
    const count = await recorder.evaluate<number>(playing);
    return count === 3 ? undefined : `${count}`;
  });
  await second.press("camera");
  await until("has three again", ({ receivingVideo }) => receivingVideo === 3);
});

test("it comes back when the signalling has restarted, and goes on seeing what happens", { skip }, async () => {
  const { local } = scene.stack;
  const before = local.pids().xmpp;
  local.signal("xmpp", "SIGKILL");
  await eventually("xmpp runs anew", () => {
    const now = local.pids().xmpp;
    return now !== undefined && now !== before ? undefined : `${now}`;
  });
  await blink();
});

for (const role of ["videobridge", "focus"] as const)
  test(`pictures come again when the ${role} has died and was started anew`, { skip }, async () => {
    const { local } = scene.stack;
    const before = local.pids()[role];
    local.signal(role, "SIGKILL");
    await eventually(`${role} runs anew`, () => {
      const now = local.pids()[role];
      return now !== undefined && now !== before ? undefined : `${now}`;
    });
    // A picture that was off and is on again shows nothing until frames of now have come.
    await blink();
  });

test("who encrypts from end to end is not recorded, and the picture says so", { skip }, async () => {
  const guest = await Participant.join(scene.browser, scene.stack.roomUrl(room), gleb, {
    viewport: { width: 640, height: 400 },
    overrides: [`e2eeKey=${encodeURIComponent('"nobody else knows it"')}`],
  });
  const box = `.recorder-box[data-endpoint="${await guest.endpoint()}"]`;
  await eventually("it is said", async () => {
    const text = await recorder.evaluate<string>("document.querySelector('.recorder-sealed')?.textContent ?? ''");
    return text.includes("cannot be recorded") ? undefined : text;
  });
  assert.equal(await recorder.$(`${box} video`), null);
  assert.ok(await recorder.$(`${box} .avatar`));
  await until("sees the other three", ({ participants, receivingVideo }) => participants === 4 && receivingVideo === 3);
  await guest.hangUp();
  await eventually("it is said no more", async () =>
    (await recorder.$(".recorder-sealed")) === null ? undefined : "still there",
  );
});

test("devices were not asked for, nobody else was either, and the page did not complain", { skip }, async () => {
  assert.equal(await recorder.evaluate("devicesAsked"), 0);
  assert.deepEqual(strangers, []);
  assert.equal(await recorder.$("button, input, dialog, .notice"), null);
  const unexpected = troubles.filter((each) => !/WebSocket connection|Failed to load resource/.test(each));
  assert.deepEqual(unexpected, []);
});

test("whoever leaves is gone from it, and an empty meeting is told", { skip }, async () => {
  for (const each of people) await each.hangUp();
  await until("counts nobody", ({ participants }) => participants === 0);
});

test("without an account nobody comes in by this page", { skip }, async () => {
  const page = await openRecorder({});
  assert.deepEqual(await stateOf(page), {
    phase: "failed",
    reason: "no-account",
    participants: 0,
    receivingVideo: 0,
    isConnected: false,
  });
  const refused = await openRecorder({ ...account, xmpp_password_override: "wrong" });
  await until(
    "is refused",
    ({ phase, reason }) => phase === "failed" && reason?.startsWith("refused") === true,
    refused,
  );
});
