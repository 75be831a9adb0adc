/** linphone calls and is called. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { Linphone } from "./linphone.ts";
import { answeringSdp, Happenings, listenTo, outgoingListener, trunkTo } from "./scene.ts";
import type { Define } from "./signalling-suite.ts";

const needs = { programs: ["linphonec"] };
/** Payload type that linphone gives them beside sound of 8 kHz. */
const telephoneEvent = 101;

export function defineLinphone(define: Define): void {
  define(
    "linphone calls, holds, sends keys and hangs up",
    async ({ open, stack, makeDirectory }) => {
      const scene = await open();
      const phone = stack.use(await Linphone.start(await makeDirectory()));
      phone.say(`call sip:1000@127.0.0.1:${scene.options.ports.udp}`);
      const incoming = await scene.calls.next("the call");
      assert.equal(incoming.to.user, "1000");
      incoming.ring();
      await phone.states.until("ringing", (state) => state === "OutgoingRinging");
      const told = listenTo(await incoming.answer(answeringSdp));
      await phone.states.until("the call", (state) => state === "StreamsRunning");
      phone.say("call-pause");
      const held = await told.until("hold", ({ type }) => type === "reoffered");
      assert.ok(held.type === "reoffered");
      assert.match(held.sdp, /^a=(sendonly|inactive)\r$/m);
      await phone.states.until("hold", (state) => state === "Paused");
      await phone.resume();
      const resumed = await told.until("resume", ({ type }) => type === "reoffered");
      assert.ok(resumed.type === "reoffered");
      assert.doesNotMatch(resumed.sdp, /^a=(sendonly|recvonly|inactive)\r$/m);
      phone.say("dtmf 5");
      const key = await told.until("a key", ({ type }) => type === "info");
      assert.ok(key.type === "info");
      assert.equal(key.contentType, "application/dtmf-relay");
      assert.match(key.body, /^Signal=\s*5\r?$/m);
      phone.say("terminate");
      assert.deepEqual(await told.until("the end", ({ type }) => type === "ended"), { type: "ended", cause: "remote" });
    },
    needs,
  );

  define(
    "linphone sends keys in its sound, to where our answer says",
    async ({ open, stack, makeDirectory }) => {
      const scene = await open();
      const phone = stack.use(await Linphone.start(await makeDirectory(), { keys: "rtp" }));
      const sound = createSocket("udp4");
      stack.defer(() => void sound.close());
      sound.bind(0, "127.0.0.1");
      await once(sound, "listening");
      const events = new Happenings<number>();
      sound.on("message", (packet) => {
        // RFC 3550, 5.1; RFC 4733, 2.3.
        if (((packet[1] ?? 0) & 0x7f) === telephoneEvent) events.add(packet[12] ?? -1);
      });
      phone.say(`call sip:1000@127.0.0.1:${scene.options.ports.udp}`);
      const incoming = await scene.calls.next("the call");
      assert.match(incoming.offer, new RegExp(`^a=rtpmap:${telephoneEvent} telephone-event/8000\\r$`, "m"));
      const told = listenTo(await incoming.answer(answeringSdp.replace("50000", String(sound.address().port))));
      await phone.states.until("the call", (state) => state === "StreamsRunning");
      phone.say("dtmf 5");
      assert.equal(await events.next("a key"), 5);
      phone.say("terminate");
      await told.until("the end", ({ type }) => type === "ended");
    },
    needs,
  );

  define(
    "linphone is called, answers, and is hung up from here",
    async ({ open, stack, makeDirectory }) => {
      const phone = stack.use(await Linphone.start(await makeDirectory(), { answers: true }));
      const scene = await open({ trunks: [trunkTo(phone.port)] });
      const { listener, told } = outgoingListener();
      const target = { trunk: undefined, to: "42", from: "", displayName: "Школа", headers: {}, sdp: answeringSdp };
      scene.signalling.dial(target, listener);
      const answered = await told.until("the answer", ({ type }) => type === "answered");
      assert.ok(answered.type === "answered");
      listenTo(answered.dialog);
      await phone.states.until("the call", (state) => state === "StreamsRunning");
      answered.dialog.hangUp();
      await phone.states.until("the end", (state) => state === "End");
    },
    needs,
  );
}
