import assert from "node:assert/strict";
import { test } from "node:test";
import { serialise, xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { StanzaError } from "../xmpp/stanza.ts";
import { readAnswer, readRefusal, requestElement } from "./focus-request.ts";

test("the request names room and machine, and children carry their namespace", () => {
  const text = serialise(requestElement({ room: "r@muc", machineUid: "m1", sessionId: undefined, token: undefined }));
  assert.match(
    text,
    /^<conference xmlns="http:\/\/jitsi.org\/protocol\/focus" room="r@muc" machine-uid="m1"><property xmlns=/,
  );
});

test("an answer tells the focus apart", () => {
  const answer = readAnswer(
    xml(
      "conference",
      { ready: "true", focusjid: "focus@auth.m", "session-id": "s1", identity: "anna@m" },
      xml("property", { name: "authentication", value: "true" }),
    ),
  );
  assert.deepEqual(answer, {
    ok: true,
    ready: true,
    focusJid: "focus@auth.m",
    sessionId: "s1",
    identity: "anna@m",
    hasAuthentication: true,
    hasSipGateway: false,
  });
});

test("refusals are named", () => {
  const refusal = (name: string) =>
    readRefusal(
      new StanzaError(
        xml("iq", {}, xml("error", {}, xml(name, { xmlns: name === "not-authorized" ? NS.stanzaErrors : NS.focus }))),
      ),
    );
  assert.equal((refusal("not-authorized") as { reason: string }).reason, "not-authorized");
  assert.equal((refusal("session-invalid") as { reason: string }).reason, "session-invalid");
  assert.equal((refusal("service-unavailable") as { reason: string }).reason, "unreachable");
});
