import assert from "node:assert/strict";
import { test } from "node:test";
import { gateway as contracts } from "@veche/proto/subjects.ts";
import { World } from "./testing/gateway.ts";

test("dialling out: by the rules, shown while it rings, connected, and hung up", async () => {
  await using world = new World();
  const gateway = await world.start();
  const room = { tenant: "main", room: "k3vq2m7yd5t4c6xw2a9b", name: "standup", jid: "standup@muc.meet.jitsi" };
  const dial = (to: string, more = {}) =>
    world.focus.request(
      contracts.dial,
      { gateway: "g1" },
      { room, to, byEndpoint: "aaaaaaaa", byPerson: "p_1", ...more },
    );
  await assert.rejects(dial("+1 900 123 4567"), { code: "permission-denied" });
  await assert.rejects(dial("what?"), { code: "invalid-argument" });
  await assert.rejects(dial("sip:evil@elsewhere.example"), { code: "permission-denied" });
  const headers = { JvbRoomPassword: "pw", "X-Ask": "1", Contact: "<sip:evil>", "X-Bad": "a\r\nVia: b" };
  const { call, endpoint } = await dial("8 (495) 123-45-67", { headers });
  const again = await dial("+74951234567");
  assert.equal(again.call, call, "asked twice, it rings once");
  const outgoing = await world.until(() => gateway.signalling.dialled[0], "an INVITE");
  assert.equal(outgoing.target.to, "+74951234567");
  assert.deepEqual(outgoing.target.headers, {
    "X-Ask": "1",
    "Jitsi-Conference-Room": room.jid,
    JigasiCallDirection: "outgoing",
  });
  const request = await world.until(() => world.entered[0], "enter-room");
  assert.deepEqual([request.endpoint, request.displayName, request.password], [endpoint, "+74951234567", "pw"]);
  outgoing.listener.ringing(180);
  await world.until(() => world.shown.at(-1)?.presence?.status === "Ringing…", "ringing");
  await world.invite("g1", request);
  outgoing.answer();
  await world.until(() => world.shown.at(-1)?.presence?.status === "Connected", "connected");
  assert.equal(gateway.sound.legs[0]?.media?.codec, "PCMA");
  await world.focus.request(contracts.hangUp, { gateway: "g1" }, { room, endpoint });
  await world.until(() => outgoing.dialog.isHungUp, "BYE");
  const told = await world.until(async () => {
    const facts = (await world.facts()).filter(({ body }) => body.call === call);
    return facts.length === 3 && facts;
  }, "its facts");
  assert.deepEqual(
    told.map(({ subject, body }) => [subject.split(".").at(-1), body.session]),
    [
      ["call-ringing", "sitting1"],
      ["call-started", "sitting1"],
      ["call-ended", "sitting1"],
    ],
  );
  const { endpoint: second } = await dial("+74951234568");
  const busy = await world.until(() => gateway.signalling.dialled[1], "another INVITE");
  await world.until(() => world.entered.at(-1)?.endpoint === second, "enter-room");
  busy.listener.failed(486, "Busy Here");
  await world.until(() => world.shown.at(-1)?.presence?.status === "Busy", "busy");
  await world.until(() => gateway.calls.length === 0, "its leaving");
});

test("dialling out stops at its limits, without a trunk, and while the gateway goes away", async () => {
  await using world = new World();
  const gateway = await world.start("g1", { VECHE_SIP_MAX_DIALOUT_PER_PERSON: "1" });
  const room = { tenant: "main", room: "r1", name: "r", jid: "r@muc.meet.jitsi" };
  const dial = (to: string, byPerson = "p_1") =>
    world.focus.request(contracts.dial, { gateway: "g1" }, { room, to, byEndpoint: byPerson, byPerson });
  await dial("+74951234567");
  await assert.rejects(dial("+74951234568"), { code: "resource-exhausted" });
  await dial("+74951234568", "p_2");
  gateway.signalling.setReachable(false);
  await assert.rejects(dial("+74951234569", "p_3"), { code: "unavailable" });
  gateway.signalling.setReachable(true);
  await world.until(async () => (await world.state())?.dialsOut, "dialling out");
  void gateway.service.calls.drain();
  await assert.rejects(dial("+74951234569", "p_3"), { code: "unavailable" });
  const phone = gateway.signalling.ring();
  assert.equal(phone.rejected, 503);
  await world.until(async () => (await world.state())?.draining, "being known to go");
});

test("an address whose host is allowed is dialled where it is, without a trunk", async () => {
  await using world = new World();
  const env = { VECHE_SIP_DIALOUT_PREFIXES: "", VECHE_SIP_DIALOUT_HOSTS: "10.0.0.7" };
  const gateway = await world.start("g1", env);
  const room = { tenant: "main", room: "r1", name: "r", jid: "r@muc.meet.jitsi" };
  await world.until(async () => (await world.state())?.dialsOut, "dialling out");
  const request = { room, to: "sip:a@10.0.0.7:5071", byEndpoint: "aaaaaaaa", headers: { "X-Ask": "1" } };
  await world.focus.request(contracts.dial, { gateway: "g1" }, request);
  const outgoing = await world.until(() => gateway.signalling.dialled[0], "an INVITE");
  assert.deepEqual(
    [outgoing.target.trunk, outgoing.target.to, outgoing.target.headers],
    ["", "sip:a@10.0.0.7:5071", {}],
  );
});
