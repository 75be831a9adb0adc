/** Session timers (RFC 4028), with times that no telephone would have. */
import assert from "node:assert/strict";
import { freePort } from "@veche/kit/testing/free-port.ts";
import { answeredCall } from "./calls-in.ts";
import { PhoneCall, phoneSdp, RawPhone } from "./raw-phone.ts";
import { answeringSdp, listenTo, outgoingListener, trunkTo } from "./scene.ts";
import type { Define } from "./signalling-suite.ts";

const short = { sessionTimer: { expires: 6, min: 2 } };

export function defineSessionTimers(define: Define): void {
  define("a caller who promised to refresh the session and does not is hung up", async ({ open }) => {
    const scene = await open(short);
    const phone = await scene.phone();
    const call = PhoneCall.dial(phone, { headers: ["Supported: timer", "Session-Expires: 3;refresher=uac"] });
    const answering = (await scene.calls.next("the call")).answer(answeringSdp);
    const ok = await call.answered();
    assert.match(ok.header("Session-Expires"), /^3;refresher=uac$/);
    assert.equal(ok.header("Require"), "timer");
    const told = listenTo(await answering);
    phone.answer(await phone.hearRequest("BYE"), 200);
    assert.deepEqual(await told.next("the end"), { type: "ended", cause: "timer" });
  });

  define("a caller who refreshes stays", async ({ open }) => {
    const scene = await open(short);
    const phone = await scene.phone();
    const timer = ["Supported: timer", "Session-Expires: 6;refresher=uac"];
    const call = PhoneCall.dial(phone, { headers: timer });
    const answering = (await scene.calls.next("the call")).answer(answeringSdp);
    await call.answered();
    const told = listenTo(await answering);
    for (let refresh = 0; refresh < 3; refresh++) {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      call.ask("UPDATE", timer);
      assert.match((await phone.hearStatus(200, "UPDATE")).header("Session-Expires"), /^6;refresher=uac/);
    }
    await call.hangUp();
    assert.deepEqual(await told.next("the end"), { type: "ended", cause: "remote" });
    assert.equal(told.all.length, 1);
  });

  define(
    "a caller who knows no timers is refreshed from here, and hung up when it does not answer",
    async ({ open }) => {
      const { phone, dialog } = await answeredCall(await open(short));
      const told = listenTo(dialog);
      const refresh = await phone.hearRequest("INVITE");
      assert.equal(refresh.body, answeringSdp);
      phone.answer(refresh, 200, [], phoneSdp());
      await phone.hearRequest("ACK");
      await phone.hearRequest("INVITE");
      phone.answer(await phone.hearRequest("BYE"), 200);
      assert.deepEqual(await told.next("the end"), { type: "ended", cause: "timer" });
    },
  );

  define("a session that would be too short is refused with 422 and what we want", async ({ open }) => {
    const scene = await open({ sessionTimer: { expires: 1_800, min: 90 } });
    const phone = await scene.phone();
    const call = PhoneCall.dial(phone, { headers: ["Supported: timer", "Session-Expires: 30"] });
    const refused = assert.rejects((await scene.calls.next("the call")).answer(answeringSdp));
    const refusal = await phone.hearStatus(422);
    assert.equal(refusal.header("Min-SE"), "90");
    call.acknowledgeRefusal(refusal);
    await refused;
  });

  define("a trunk that wants longer sessions is asked again, and refreshed by UPDATE", async ({ open }) => {
    const ports = { udp: await freePort(), tcp: await freePort(), tls: 0 };
    using trunk = await RawPhone.open(ports.udp);
    const scene = await open({ ports, trunks: [trunkTo(trunk.port)], sessionTimer: { expires: 2, min: 2 } });
    const { listener, told } = outgoingListener();
    const headers = {};
    scene.signalling.dial(
      { trunk: undefined, to: "1", from: "", displayName: "", headers, sdp: answeringSdp },
      listener,
    );
    const first = await trunk.hearRequest("INVITE");
    assert.match(first.header("Session-Expires"), /^2\b/);
    trunk.answer(first, 422, ["Min-SE: 4"]);
    await trunk.hearRequest("ACK");
    const second = await trunk.hearRequest("INVITE");
    assert.match(second.header("Session-Expires"), /^4\b/);
    const timer = ["Session-Expires: 4;refresher=uac", "Require: timer"];
    trunk.answer(second, 200, ["Allow: INVITE, ACK, BYE, UPDATE", "Supported: timer", ...timer], phoneSdp());
    await trunk.hearRequest("ACK");
    const answered = await told.next("the answer");
    assert.ok(answered.type === "answered");
    const update = await trunk.hearRequest("UPDATE");
    assert.equal(update.body, "");
    trunk.answer(update, 200, timer);
    await trunk.hearRequest("UPDATE");
    answered.dialog.hangUp();
    trunk.answer(await trunk.hearRequest("BYE"), 200);
  });
}
