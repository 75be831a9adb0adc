import assert from "node:assert/strict";
import { test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { createLogger } from "@veche/kit/log.ts";
import { type DialogRequests, InviteDialog, type InviteDialogGiven, type Outcome } from "./invite-dialog.ts";
import type { TimerHeaders } from "./session-timer.ts";
import type { DialogListener } from "./signalling.ts";

const timerRules = { expires: 600, min: 90 };
const noTimer: TimerHeaders = { sessionExpires: undefined, minSe: undefined, isSupported: false };
const ok: Outcome = { sdp: "answer", timer: { ...noTimer, sessionExpires: "600;refresher=uac" } };

/** A dialog whose peer answers each INVITE and UPDATE with the next of `outcomes`; without one it waits. */
function openDialog(given: Partial<InviteDialogGiven>, outcomes: Outcome[] = []) {
  const clock = new ManualClock();
  const asked: string[] = [];
  const waiting: ((outcome: Outcome) => void)[] = [];
  const answer = (done: (outcome: Outcome) => void) => {
    const outcome = outcomes.shift();
    if (outcome === undefined) waiting.push(done);
    else done(outcome);
  };
  const requests: DialogRequests = {
    invite: (sdp, _headers, done) => {
      asked.push(`INVITE ${sdp}`);
      answer(done);
    },
    update: (_headers, done) => {
      asked.push("UPDATE");
      answer(done);
    },
    info: async () => 200,
    notify: (headers) => void asked.push(`NOTIFY ${headers.join()}`),
    bye: (done) => {
      asked.push("BYE");
      done();
    },
  };
  const dialog = new InviteDialog(
    requests,
    {
      id: "1",
      localSdp: "local",
      ackSdp: "",
      timer: { expires: 600, isRefresher: true },
      knowsUpdate: true,
      isUac: false,
      refreshShare: 1,
      onEnded: () => {},
      ...given,
    },
    { clock, log: createLogger("test", "silent"), timerRules },
  );
  return { dialog, clock, asked, waiting };
}

function listenTo(dialog: InviteDialog, given: Partial<DialogListener> = {}): string[] {
  const told: string[] = [];
  dialog.listen({
    reoffered: async (sdp) => `answer to ${sdp}`,
    reanswered: (sdp) => void told.push(`reanswered ${sdp}`),
    info: () => 200,
    referred: () => 202,
    ended: (cause) => void told.push(cause),
    ...given,
  });
  return told;
}

/** Statuses that requests of theirs are answered with. */
function responses() {
  const all: (readonly [status: number, headers: string, sdp: string])[] = [];
  const respond = (status: number, headers: readonly string[] = [], sdp = "") =>
    void all.push([status, headers.join(), sdp]);
  return { all, respond };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a refresh that met another request is tried again, and the call goes on beyond the session that it prolonged", async () => {
  const { dialog, clock, asked } = openDialog({}, [491, ok, ok, ok]);
  const told = listenTo(dialog);
  await clock.advance(310_000);
  assert.deepEqual(asked, ["UPDATE", "UPDATE"]);
  await clock.advance(310_000);
  assert.deepEqual([asked, told], [["UPDATE", "UPDATE", "UPDATE"], []]);
});

test("who says that it knows UPDATE and does not is refreshed by a re-INVITE of the same SDP, and stays", async () => {
  const { dialog, clock, asked } = openDialog({}, [501, ok, ok]);
  const told = listenTo(dialog);
  await clock.advance(310_000);
  await clock.advance(310_000);
  assert.deepEqual([asked, told], [["UPDATE", "INVITE local", "INVITE local"], []]);
});

test("who answers no refresh, or with 491 for ever, is hung up before the session ends", async () => {
  for (const outcomes of [[], Array<Outcome>(10_000).fill(491)]) {
    const { dialog, clock, asked } = openDialog({}, outcomes);
    const told = listenTo(dialog);
    await clock.advance(567_000);
    assert.deepEqual(told, []);
    await clock.advance(1_000);
    assert.deepEqual([told, asked.at(-1)], [["timer"], "BYE"]);
  }
});

test("an offer of ours that meets theirs is made again: after 2.1 to 4 s where the Call-ID is ours, else within 2 s", async () => {
  for (const [isUac, fromMs, toMs] of [
    [true, 2_099, 4_001],
    [false, 0, 2_001],
  ] as const) {
    const { dialog, clock, asked } = openDialog({ isUac }, [491, ok]);
    const answer = dialog.reoffer("offer");
    await clock.advance(fromMs);
    assert.equal(asked.length, fromMs === 0 ? asked.length : 1);
    await clock.advance(toMs - fromMs);
    assert.equal(await answer, "answer");
    assert.deepEqual(asked, ["INVITE offer", "INVITE offer"]);
  }
});

test("while an offer of ours is open theirs is refused with 491, a refresh without an offer is not", async () => {
  const { dialog, waiting } = openDialog({});
  listenTo(dialog);
  const answer = dialog.reoffer("offer");
  const { all, respond } = responses();
  dialog.receivedInvite("theirs", noTimer, respond);
  dialog.receivedUpdate("", noTimer, respond);
  assert.deepEqual(
    all.map(([status]) => status),
    [491, 200],
  );
  waiting[0]?.(ok);
  assert.equal(await answer, "answer");
  dialog.receivedInvite("theirs", noTimer, respond);
  await settled();
  assert.deepEqual([all[2]?.[0], all[2]?.[2]], [200, "answer to theirs"]);
});

test("of two offers of theirs the second is refused with 500 until the first is answered", async () => {
  const { dialog } = openDialog({});
  const { promise, resolve } = Promise.withResolvers<string>();
  listenTo(dialog, { reoffered: () => promise });
  const { all, respond } = responses();
  dialog.receivedInvite("first", noTimer, respond);
  dialog.receivedUpdate("second", noTimer, respond);
  assert.deepEqual(all, [[500, "Retry-After: 2", ""]]);
  resolve("answer");
  await settled();
  assert.deepEqual([all[1]?.[0], all[1]?.[2]], [200, "answer"]);
});

test("what comes before anybody listens waits; where nobody ever does it is refused with 480", async () => {
  const { dialog } = openDialog({});
  const { all, respond } = responses();
  dialog.receivedInfo("application/dtmf-relay", "Signal=1", respond);
  await settled();
  assert.deepEqual(all, []);
  listenTo(dialog);
  await settled();
  assert.deepEqual(all, [[200, "", ""]]);
  const unheard = openDialog({});
  unheard.dialog.receivedInfo("application/dtmf-relay", "Signal=1", respond);
  unheard.dialog.receivedBye("remote");
  await settled();
  assert.deepEqual(all[1], [480, "", ""]);
  assert.deepEqual(listenTo(unheard.dialog), ["remote"]);
});

test("a transfer that is taken is followed by the only NOTIFY there will be; one without an address is none", async () => {
  const { dialog, asked } = openDialog({});
  listenTo(dialog);
  const { all, respond } = responses();
  dialog.receivedRefer("", respond);
  dialog.receivedRefer("sip:900@pbx", respond);
  await settled();
  assert.deepEqual(
    all.map(([status]) => status),
    [400, 202],
  );
  assert.deepEqual(asked, ["NOTIFY Event: refer,Subscription-State: terminated;reason=noresource"]);
});

test("a call that has ended leaves no timer behind", async () => {
  const { dialog, clock, asked } = openDialog({});
  await clock.advance(300_000);
  assert.deepEqual(asked, ["UPDATE"]);
  dialog.hangUp();
  dialog.hangUp();
  assert.deepEqual([asked, clock.pending], [["UPDATE", "BYE"], 0]);
});
