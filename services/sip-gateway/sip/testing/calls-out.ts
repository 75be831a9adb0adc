/** Calls that go out. The trunk is a phone by script. */
import assert from "node:assert/strict";
import { freePort } from "@veche/kit/testing/free-port.ts";
import type { DialTarget } from "../signalling.ts";
import { PhoneCall, phoneSdp, RawPhone } from "./raw-phone.ts";
import { answeringSdp, listenTo, outgoingListener, type Scene, trunkTo } from "./scene.ts";
import type { Define, Given } from "./signalling-suite.ts";

const target = (given: Partial<DialTarget> = {}): DialTarget => ({
  trunk: undefined,
  to: "+74951234567",
  from: "",
  displayName: "Школа № 5",
  headers: {},
  sdp: answeringSdp,
  ...given,
});

/** The trunk's telephone must be there before its port is known. */
async function openWithTrunk({ open, stack }: Given) {
  const ports = { udp: await freePort(), tcp: await freePort(), tls: 0 };
  const trunk = stack.use(await RawPhone.open(ports.udp));
  const scene = await open({ ports, trunks: [trunkTo(trunk.port)] });
  return { scene, trunk };
}

async function dialled(scene: Scene, trunk: RawPhone, given: Partial<DialTarget> = {}) {
  const { listener, told } = outgoingListener();
  const call = scene.signalling.dial(target(given), listener);
  const invite = await trunk.hear(
    "the call",
    ({ method, header }) => method === "INVITE" && header("Call-ID") === call.id,
  );
  return { call, told, invite };
}

/** By the first trunk that dials out. */
export async function answeredOut(scene: Scene, trunk: RawPhone) {
  const { call, told, invite } = await dialled(scene, trunk);
  trunk.answer(invite, 200, ["Allow: INVITE, ACK, BYE, CANCEL, UPDATE"], phoneSdp());
  const answered = await told.until("the answer", ({ type }) => type === "answered");
  await trunk.hearRequest("ACK");
  assert.ok(answered.type === "answered");
  return { call, dialog: answered.dialog, sdp: answered.sdp, phone: PhoneCall.called(trunk, invite), invite };
}

export function defineCallsOut(define: Define): void {
  define("a call out rings, is answered and hung up by them", async (given) => {
    const { scene, trunk } = await openWithTrunk(given);
    const { told, invite } = await dialled(scene, trunk, { headers: { "Jitsi-Conference-Room": "room@muc.example" } });
    assert.match(invite.start, /^INVITE sip:(\+|%2B)74951234567@127\.0\.0\.1/);
    assert.match(invite.header("From"), /"Школа № 5"/);
    assert.equal(invite.header("Jitsi-Conference-Room"), "room@muc.example");
    assert.equal(invite.body, answeringSdp);
    trunk.answer(invite, 180);
    assert.deepEqual(await told.next("the ringing"), { type: "ringing", status: 180 });
    trunk.answer(invite, 183);
    assert.deepEqual(await told.next("early sound"), { type: "ringing", status: 183 });
    trunk.answer(invite, 200, [], phoneSdp());
    await trunk.hearRequest("ACK");
    const answered = await told.next("the answer");
    assert.ok(answered.type === "answered");
    assert.equal(answered.sdp, phoneSdp());
    const dialogTold = listenTo(answered.dialog);
    const phone = PhoneCall.called(trunk, invite);
    phone.ask("BYE");
    await trunk.hearStatus(200, "BYE");
    assert.deepEqual(await dialogTold.next("the end"), { type: "ended", cause: "remote" });
  });

  define("a call out is held by them and hung up from here", async (given) => {
    const { scene, trunk } = await openWithTrunk(given);
    const { dialog, phone } = await answeredOut(scene, trunk);
    const told = listenTo(dialog);
    phone.ask("INVITE", [], phoneSdp("a=sendonly"));
    phone.acknowledge(await trunk.hearStatus(200));
    assert.equal((await told.next("the offer")).type, "reoffered");
    dialog.hangUp();
    trunk.answer(await trunk.hearRequest("BYE"), 200);
  });

  for (const status of [486, 603, 480, 404, 302]) {
    define(`${status} is told as it came`, async (given) => {
      const { scene, trunk } = await openWithTrunk(given);
      const { told, invite } = await dialled(scene, trunk);
      trunk.answer(invite, status);
      await trunk.hearRequest("ACK");
      assert.deepEqual(await told.next("the refusal"), { type: "failed", status });
    });
  }

  define("who is not there is told as 408 or 503", async ({ open }) => {
    const scene = await open({ trunks: [trunkTo(await freePort(), { transport: "tcp" })] });
    const { listener, told } = outgoingListener();
    scene.signalling.dial(target(), listener);
    const failed = await told.next("the failure");
    assert.ok(failed.type === "failed" && [408, 503].includes(failed.status), JSON.stringify(failed));
  });

  define("a cancelled call out is no more heard of", async (given) => {
    const { scene, trunk } = await openWithTrunk(given);
    const { call, told, invite } = await dialled(scene, trunk);
    trunk.answer(invite, 180);
    await told.next("the ringing");
    call.cancel();
    trunk.answer(await trunk.hearRequest("CANCEL"), 200);
    trunk.answer(invite, 487);
    await trunk.hearRequest("ACK");
    const next = await dialled(scene, trunk);
    trunk.answer(next.invite, 486);
    await next.told.next("another call's end");
    assert.equal(told.all.length, 1);
  });

  define("an answer that crosses our CANCEL is acknowledged and hung up", async (given) => {
    const { scene, trunk } = await openWithTrunk(given);
    const { call, told, invite } = await dialled(scene, trunk);
    trunk.answer(invite, 180);
    await told.next("the ringing");
    call.cancel();
    const cancel = await trunk.hearRequest("CANCEL");
    trunk.answer(invite, 200, [], phoneSdp());
    await trunk.hearRequest("ACK");
    trunk.answer(await trunk.hearRequest("BYE"), 200);
    trunk.answer(cancel, 200);
    assert.equal(told.all.length, 1);
  });

  define("of two that answer a forked call the second is hung up", async (given) => {
    const { scene, trunk } = await openWithTrunk(given);
    const { told, invite } = await dialled(scene, trunk);
    trunk.answer(invite, 200, [], phoneSdp(), "first");
    const answered = await told.next("the answer");
    trunk.answer(invite, 200, [], phoneSdp(), "second");
    const bye = await trunk.hearRequest("BYE");
    assert.match(bye.header("To"), /;tag=second/);
    trunk.answer(bye, 200);
    assert.ok(answered.type === "answered");
    answered.dialog.hangUp();
    assert.match((await trunk.hearRequest("BYE")).header("To"), /;tag=first/);
  });

  define("a display name that looks like an address is none", async (given) => {
    const { scene, trunk } = await openWithTrunk(given);
    const { invite } = await dialled(scene, trunk, { from: "100", displayName: 'Eve" <sip:admin@school>' });
    assert.match(invite.header("From"), /^"Eve <sip:admin@school>" <sip:100@[^>]*>;tag=/);
  });

  define("an address is called without a trunk", async (given) => {
    const { scene, trunk } = await openWithTrunk(given);
    const other = await scene.phone("tcp");
    const to = `sip:room@127.0.0.1:${other.port};transport=tcp`;
    const { told, invite } = await dialled(scene, other, { trunk: "", to });
    assert.match(invite.start, /^INVITE sip:room@127\.0\.0\.1/);
    other.answer(invite, 486);
    await other.hearRequest("ACK");
    assert.deepEqual(await told.next("the refusal"), { type: "failed", status: 486 });
    assert.equal(trunk.untaken.filter(({ method }) => method === "INVITE").length, 0);
  });

  define("a call out without a trunk for it, or with a header that is two, is refused at once", async (given) => {
    const { scene } = await openWithTrunk(given);
    const { listener, told } = outgoingListener();
    const code = (code: string) => (error: unknown) => (error as { code?: string }).code === code;
    assert.throws(() => scene.signalling.dial(target({ trunk: "another" }), listener), code("unavailable"));
    const headers = { "X-One": "1\r\nX-Two: 2" };
    assert.throws(() => scene.signalling.dial(target({ headers }), listener), code("invalid-argument"));
    assert.throws(() => scene.signalling.dial(target({ to: "sip:" }), listener), code("invalid-argument"));
    assert.deepEqual(told.all, []);
  });
}
