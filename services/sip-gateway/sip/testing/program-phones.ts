/** Phones that others have written: SIPp for many calls at once, baresip for TLS, hold, transfer and keys. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Baresip } from "./baresip.ts";
import { answeringSdp, listenTo, trunkTo } from "./scene.ts";
import type { Define } from "./signalling-suite.ts";

const run = promisify(execFile);

export function defineProgramPhones(define: Define): void {
  define(
    "a hundred calls in ten seconds are all answered and hung up",
    async ({ open, makeDirectory }) => {
      // They come from a trunk, as a hundred calls do.
      const scene = await open({ trunks: [trunkTo(9, { dialsOut: false })], allowsUnknown: false });
      const answering = (async () => {
        for (let n = 0; n < 100; n++) {
          const call = await scene.calls.next(`call ${n}`);
          call.ring();
          void call.answer(answeringSdp).then((dialog) => listenTo(dialog));
        }
      })();
      const directory = await makeDirectory();
      const much = ["-m", "100", "-r", "10", "-d", "1000", "-trace_stat", "-stf", join(directory, "calls.csv")];
      const where = ["-i", "127.0.0.1", "-s", "1000", "-nostdin", `127.0.0.1:${scene.options.ports.udp}`];
      // It ends with 1 where a call has failed.
      await run("sipp", ["-sn", "uac", ...much, ...where], { timeout: 120_000, maxBuffer: 2 ** 26, cwd: directory });
      await answering;
    },
    { programs: ["sipp"] },
  );

  for (const transport of ["udp", "tls"] as const) {
    define(
      `baresip calls, holds, sends keys, asks for a transfer and hangs up, over ${transport}`,
      async ({ open, stack, makeDirectory }) => {
        const scene = await open();
        const phone = stack.use(await Baresip.start(await makeDirectory(), transport));
        phone.say("dial", `sip:1000@127.0.0.1:${scene.options.ports[transport]};transport=${transport}`);
        const incoming = await scene.calls.next("the call");
        assert.equal(incoming.source.transport, transport);
        incoming.ring();
        await phone.events.until("ringing", (type) => type === "CALL_RINGING");
        const told = listenTo(await incoming.answer(answeringSdp), { referred: 403 });
        await phone.events.until("the call", (type) => type === "CALL_ESTABLISHED");
        phone.say("hold");
        const held = await told.until("hold", ({ type }) => type === "reoffered");
        assert.ok(held.type === "reoffered");
        assert.match(held.sdp, /^a=(sendonly|inactive)\r$/m);
        phone.say("resume");
        const resumed = await told.until("resume", ({ type }) => type === "reoffered");
        assert.ok(resumed.type === "reoffered");
        assert.match(resumed.sdp, /^a=sendrecv\r$/m);
        phone.say("transfer", "sip:900@127.0.0.1");
        const referred = await told.until("the transfer", ({ type }) => type === "referred");
        assert.ok(referred.type === "referred");
        assert.match(referred.to, /^sip:900@127\.0\.0\.1/);
        phone.say("hangup");
        assert.deepEqual(await told.until("the end", ({ type }) => type === "ended"), {
          type: "ended",
          cause: "remote",
        });
      },
      { programs: ["baresip"] },
    );
  }

  define(
    "baresip is hung up from here over tls",
    async ({ open, stack, makeDirectory }) => {
      const scene = await open();
      const phone = stack.use(await Baresip.start(await makeDirectory(), "tls"));
      phone.say("dial", `sip:1000@127.0.0.1:${scene.options.ports.tls};transport=tls`);
      const dialog = await (await scene.calls.next("the call")).answer(answeringSdp);
      listenTo(dialog);
      await phone.events.until("the call", (type) => type === "CALL_ESTABLISHED");
      dialog.hangUp();
      await phone.events.until("the end", (type) => type === "CALL_CLOSED");
    },
    { programs: ["baresip"] },
  );
}
