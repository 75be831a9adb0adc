/** Calls that come in, of every implementation. */
import assert from "node:assert/strict";
import { PhoneCall, phoneSdp } from "./raw-phone.ts";
import { answeringSdp, listenTo, type Scene } from "./scene.ts";
import type { Define } from "./signalling-suite.ts";

/** A call that is answered, from both sides. */
export async function answeredCall(scene: Scene, transport: "udp" | "tcp" | "tls" = "udp") {
  const phone = await scene.phone(transport);
  const call = PhoneCall.dial(phone);
  const incoming = await scene.calls.until("the call", ({ id }) => id === call.callId);
  const [dialog, ok] = await Promise.all([incoming.answer(answeringSdp), call.answered()]);
  return { phone, call, incoming, dialog, ok };
}

export function defineCallsIn(define: Define): void {
  for (const transport of ["udp", "tcp", "tls"] as const) {
    define(`a phone rings, is answered and hangs up, over ${transport}`, async ({ open }) => {
      const scene = await open();
      const phone = await scene.phone(transport);
      const call = PhoneCall.dial(phone, { to: "74951234567", headers: ["X-Test: hello"] });
      const incoming = await scene.calls.next("the call");
      assert.deepEqual(incoming.from, { user: "42", host: "127.0.0.1", displayName: "A phone" });
      assert.equal(incoming.to.user, "74951234567");
      assert.equal(incoming.trunk, undefined);
      assert.deepEqual(incoming.source, { address: "127.0.0.1", port: phone.port, transport });
      assert.equal(incoming.headers.get("x-test"), "hello");
      assert.equal(incoming.offer, phoneSdp());
      incoming.ring();
      await phone.hearStatus(180);
      const answering = incoming.answer(answeringSdp);
      assert.equal((await call.answered()).body, answeringSdp);
      const told = listenTo(await answering);
      await call.hangUp();
      assert.deepEqual(await told.next("the end"), { type: "ended", cause: "remote" });
    });

    define(`an answered call is hung up from here, over ${transport}`, async ({ open }) => {
      const { phone, call, dialog } = await answeredCall(await open(), transport);
      dialog.hangUp();
      dialog.hangUp();
      const bye = await phone.hearRequest("BYE");
      assert.equal(bye.header("Call-ID"), call.callId);
      phone.answer(bye, 200);
    });
  }

  define("a caller who hangs up before the answer gets 487, and nobody can answer any more", async ({ open }) => {
    const scene = await open();
    const phone = await scene.phone();
    const call = PhoneCall.dial(phone);
    const incoming = await scene.calls.next("the call");
    const cancelled = new Promise<void>((resolve) => incoming.onCancelled(resolve));
    incoming.ring();
    await phone.hearStatus(180);
    call.cancel();
    await phone.hearStatus(200, "CANCEL");
    call.acknowledgeRefusal(await phone.hearStatus(487));
    await cancelled;
    await assert.rejects(incoming.answer(answeringSdp));
  });

  define("CANCEL after the answer changes nothing", async ({ open }) => {
    const { phone, call, dialog } = await answeredCall(await open());
    call.cancel();
    await phone.hear("an answer to CANCEL", ({ text }) => /CSeq: 1 CANCEL/.test(text));
    const told = listenTo(dialog);
    await call.hangUp();
    assert.deepEqual(await told.next("the end"), { type: "ended", cause: "remote" });
  });

  define("a caller who hangs up instead of acknowledging is no answered call", async ({ open }) => {
    const scene = await open();
    const phone = await scene.phone();
    const call = PhoneCall.dial(phone);
    const answering = (await scene.calls.next("the call")).answer(answeringSdp);
    const refused = assert.rejects(answering);
    const ok = await phone.hearStatus(200);
    call.acknowledge({ ...ok, header: (name) => (name === "CSeq" ? "99 INVITE" : ok.header(name)) });
    call.ask("BYE");
    await phone.hearStatus(200, "BYE");
    await refused;
  });

  for (const status of [486, 603, 480, 404, 503]) {
    define(`a call is refused with ${status}`, async ({ open }) => {
      const scene = await open();
      const phone = await scene.phone();
      const call = PhoneCall.dial(phone);
      const incoming = await scene.calls.next("the call");
      incoming.reject(status, status === 480 ? "Not now" : "");
      incoming.reject(486);
      const refusal = await phone.hearStatus(status);
      call.acknowledgeRefusal(refusal);
      if (status === 480) assert.equal(refusal.start, "SIP/2.0 480 Not now");
    });
  }

  define("an INVITE without an offer gets ours, and the answer comes with the ACK", async ({ open }) => {
    const scene = await open();
    const phone = await scene.phone();
    const call = PhoneCall.dial(phone, { sdp: "" });
    const incoming = await scene.calls.next("the call");
    assert.equal(incoming.offer, "");
    const answering = incoming.answer(answeringSdp);
    const ok = await phone.hearStatus(200);
    assert.equal(ok.body, answeringSdp);
    call.acknowledge(ok, phoneSdp("a=sendonly"));
    assert.equal((await answering).ackSdp, phoneSdp("a=sendonly"));
  });

  for (const method of ["INVITE", "UPDATE"]) {
    define(`hold and resume by ${method}, and an offer that is refused`, async ({ open }) => {
      const { phone, call, dialog } = await answeredCall(await open());
      const answers = [answeringSdp, answeringSdp, 488];
      const told = listenTo(dialog, { reoffered: () => answers.shift() ?? 500 });
      for (const sdp of [phoneSdp("a=sendonly"), phoneSdp()]) {
        call.ask(method, [], sdp);
        const ok = await phone.hearStatus(200, method);
        assert.equal(ok.body, answeringSdp);
        assert.notEqual(ok.header("Contact"), "");
        if (method === "INVITE") call.acknowledge(ok);
        assert.deepEqual(await told.next("the offer"), { type: "reoffered", sdp });
      }
      call.ask(method, [], phoneSdp());
      await phone.hearStatus(488, method);
      await call.hangUp();
    });
  }

  define("an offer is found among other parts of a body, and a call by sips: is one", async ({ open }) => {
    const scene = await open();
    const phone = await scene.phone("tls");
    const parts = [
      ["Content-Type: application/isup", "xyz"],
      ["Content-Type: application/sdp", phoneSdp()],
    ].map(([type, text]) => `--cut\r\n${type}\r\n\r\n${text}\r\n`);
    const headers = ['Content-Type: multipart/mixed; boundary="cut"', "MIME-Version: 1.0"];
    const call = PhoneCall.dial(phone, { scheme: "sips", headers, sdp: `${parts.join("")}--cut--\r\n` });
    const incoming = await scene.calls.next("the call");
    assert.equal(incoming.offer, phoneSdp());
    const answering = incoming.answer(answeringSdp);
    await call.answered();
    const told = listenTo(await answering);
    await call.hangUp();
    assert.deepEqual(await told.next("the end"), { type: "ended", cause: "remote" });
  });

  define("a re-INVITE without an offer gets ours, and its ACK the answer", async ({ open }) => {
    const { phone, call, dialog } = await answeredCall(await open());
    const told = listenTo(dialog);
    call.ask("INVITE");
    const ok = await phone.hearStatus(200);
    assert.deepEqual(await told.next("the question"), { type: "reoffered", sdp: "" });
    call.acknowledge(ok, phoneSdp());
    assert.deepEqual(await told.next("the answer"), { type: "reanswered", sdp: phoneSdp() });
  });

  define("our re-INVITE is answered, refused, or said again after theirs has crossed it", async ({ open }) => {
    const { phone, call, dialog } = await answeredCall(await open());
    listenTo(dialog);
    const first = dialog.reoffer(answeringSdp);
    const invite = await phone.hearRequest("INVITE");
    assert.equal(invite.body, answeringSdp);
    call.ask("INVITE", [], phoneSdp("a=sendonly"));
    await phone.hearStatus(491);
    phone.answer(invite, 491);
    await phone.hearRequest("ACK");
    const again = await phone.hearRequest("INVITE");
    phone.answer(again, 200, [], phoneSdp());
    await phone.hearRequest("ACK");
    assert.equal(await first, phoneSdp());

    const second = assert.rejects(dialog.reoffer(answeringSdp), /488/);
    phone.answer(await phone.hearRequest("INVITE"), 488);
    await second;
  });

  define("our re-INVITE is made after all where theirs is not acknowledged yet", async ({ open }) => {
    const { phone, call, dialog } = await answeredCall(await open());
    listenTo(dialog);
    call.ask("INVITE", [], phoneSdp("a=sendonly"));
    const ok = await phone.hearStatus(200);
    const answer = dialog.reoffer(answeringSdp);
    call.acknowledge(ok);
    phone.answer(await phone.hearRequest("INVITE"), 200, [], phoneSdp());
    await phone.hearRequest("ACK");
    assert.equal(await answer, phoneSdp());
  });

  define("INFO goes both ways with its type and its status", async ({ open }) => {
    const { phone, call, dialog } = await answeredCall(await open());
    const told = listenTo(dialog, { info: 200 });
    const bodies = [
      ["application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"],
      ["application/dtmf", "5"],
      ["application/json", '{"t":4,"i":1,"d":{"pwd":"1234"}}'],
    ] as const;
    for (const [contentType, body] of bodies) {
      call.ask("INFO", [`Content-Type: ${contentType};charset=utf-8`], body);
      await phone.hearStatus(200, "INFO");
      assert.deepEqual(await told.next("the INFO"), { type: "info", contentType, body });
    }
    for (const status of [200, 415]) {
      const asked = dialog.info("application/json", '{"t":3,"i":1,"name":"Школа"}');
      const info = await phone.hearRequest("INFO");
      assert.equal(info.header("Content-Type"), "application/json");
      assert.match(info.text, /\{"t":3,"i":1,/);
      phone.answer(info, status);
      assert.equal(await asked, status);
    }
  });

  define("what comes right behind the ACK waits until somebody listens", async ({ open }) => {
    const scene = await open();
    const phone = await scene.phone("tcp");
    const call = PhoneCall.dial(phone);
    const answering = (await scene.calls.next("the call")).answer(answeringSdp);
    const ok = await phone.hearStatus(200);
    call.acknowledge(ok);
    call.ask("INFO", ["Content-Type: application/dtmf"], "5");
    call.ask("INVITE", [], phoneSdp("a=sendonly"));
    call.ask("REFER", ["Refer-To: <sip:900@example.org>"]);
    const dialog = await answering;
    call.ask("OPTIONS");
    await phone.hearStatus(200, "OPTIONS");
    const told = listenTo(dialog);
    await phone.hearStatus(200, "INFO");
    call.acknowledge(await phone.hearStatus(200, "INVITE"));
    await phone.hearStatus(403, "REFER");
    assert.deepEqual(
      told.all.map(({ type }) => type),
      ["info", "reoffered", "referred"],
    );
  });

  define("a transfer is refused or taken, as the listener says", async ({ open }) => {
    const scene = await open();
    for (const status of [403, 202]) {
      const { phone, call, dialog } = await answeredCall(scene);
      const told = listenTo(dialog, { referred: status });
      call.ask("REFER", ["Refer-To: <sip:900@example.org>"]);
      await phone.hearStatus(status, "REFER");
      assert.deepEqual(await told.next("the transfer"), { type: "referred", to: "sip:900@example.org" });
      if (status === 202) phone.answer(await phone.hearRequest("NOTIFY"), 200);
      await call.hangUp();
    }
  });

  define("OPTIONS of a phone are answered, within a call and without", async ({ open }) => {
    const { phone, call } = await answeredCall(await open());
    call.ask("OPTIONS");
    await phone.hearStatus(200, "OPTIONS");
  });

  define("control characters, quotes and headers in a display name stay where they are", async ({ open }) => {
    const scene = await open();
    const phone = await scene.phone();
    PhoneCall.dial(phone, { from: '"Eve \\" X-Admin: 1" <sip:ev%0d%0ae@127.0.0.1>' });
    const { from, headers } = await scene.calls.next("the call");
    assert.doesNotMatch(from.displayName + from.user, /[\p{Cc}"]/u);
    assert.equal(headers.has("x-admin"), false);
  });
}
