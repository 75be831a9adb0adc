import assert from "node:assert/strict";
import { test } from "node:test";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import type { Room } from "../../protocol/conference/room.ts";
import { type XmlElement, xml } from "../../protocol/xml/element.ts";
import type { XmppConnection } from "../../protocol/xmpp/connection.ts";
import { NS } from "../../protocol/xmpp/namespaces.ts";
import { StanzaError } from "../../protocol/xmpp/stanza.ts";
import { Permissions } from "../call/permissions.ts";
import { CallState } from "../call/state.ts";
import type { AppConfig } from "../config.ts";
import { Dial } from "./dial.ts";

function meeting(answer: XmlElement | Error = xml("iq", {})) {
  const state = new CallState();
  state.isModerator.value = true;
  const asked: { to: string; element: XmlElement }[] = [];
  const connection = {
    request: async (_type: string, to: string, element: XmlElement) => {
      asked.push({ to, element });
      if (answer instanceof Error) throw answer;
      return answer;
    },
  } as unknown as XmppConnection;
  const room = () => ({ jid: "r@muc.x" }) as Room;
  const dial = new Dial({ state, connection, room, config: {} as AppConfig }, new Permissions({ state }));
  return { state, dial, asked };
}

test("calling out is offered where a gateway runs, to whom it obeys", () => {
  const { state, dial } = meeting();
  assert.ok(!dial.mayCallOut);
  state.hasSipGateway.value = true;
  assert.ok(dial.mayCallOut);
  state.isModerator.value = false;
  assert.ok(!dial.mayCallOut);
});

test("a call is begun, seen with its state, and ended by whoever began it", async () => {
  const { dial, asked } = meeting(xml("iq", {}, xml("ref", { xmlns: NS.rayo, uri: "xmpp:call-1@gw.x" })));
  assert.equal(await dial.callOut("not a number"), "noNumber");
  assert.equal(await dial.callOut("+7 495 1234567"), undefined);
  assert.equal(asked[0]?.to, "r@muc.x/focus");
  const phone = { id: "p1", name: "+74951234567", features: new Set([NS.jigasi]) } as unknown as Occupant;
  dial.presence(xml("presence", {}, xml("status", {}, "Ringing...")), phone);
  const call = dial.calls.value[0] ?? assert.fail();
  assert.deepEqual([call.status, dial.mayEnd(call)], ["Ringing...", true]);
  await dial.end(call);
  assert.equal(asked[1]?.to, "call-1@gw.x");
  dial.presence(xml("presence", { type: "unavailable" }), phone);
  assert.deepEqual(dial.calls.value, []);
});

test("a refusal is said in people's words", async () => {
  for (const [condition, problem] of [
    ["forbidden", "notAllowed"],
    ["service-unavailable", "unavailable"],
    ["remote-server-timeout", "failed"],
  ] as const) {
    const error = xml("iq", { type: "error" }, xml("error", {}, xml(condition, { xmlns: NS.stanzaErrors })));
    assert.equal(await meeting(new StanzaError(error)).dial.callOut("112"), problem);
  }
});
