import assert from "node:assert/strict";
import { test } from "node:test";
import { childNamed, elementsOf, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { declineCall } from "./decline-call.ts";

const from = "room@muc.example/ab12cd34";

function offer(action: string) {
  const jingle = xml("jingle", { xmlns: NS.jingle, action, sid: "p2p1", initiator: from });
  return xml("iq", { xmlns: NS.client, type: "set", id: "7", from }, jingle);
}

test("a call of another participant is acknowledged and declined", () => {
  const [result, terminate, ...more] = declineCall(offer("session-initiate"));
  assert.ok(result && terminate);
  assert.deepEqual([result.attrs.type, result.attrs.id, result.attrs.to], ["result", "7", from]);
  assert.deepEqual([terminate.attrs.type, terminate.attrs.to], ["set", from]);
  const jingle = childNamed(terminate, "jingle", NS.jingle);
  const { action, sid, initiator } = jingle?.attrs ?? {};
  assert.deepEqual([action, sid, initiator], ["session-terminate", "p2p1", from]);
  const reason = childNamed(jingle, "reason");
  assert.deepEqual(reason && elementsOf(reason).map(({ name }) => name), ["decline"]);
  assert.equal(more.length, 0);
});

test("whatever else is said of such a call is about no session", () => {
  const [error] = declineCall(offer("transport-info"));
  assert.equal(error?.attrs.type, "error");
  assert.ok(childNamed(childNamed(error, "error"), "item-not-found"));
});
