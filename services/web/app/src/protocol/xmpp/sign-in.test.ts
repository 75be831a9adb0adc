import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf, type XmlElement, xml } from "../xml/element.ts";
import { textFromBase64, toBase64 } from "./base64.ts";
import { NS } from "./namespaces.ts";
import { SignInRefused } from "./sasl.ts";
import { signIn } from "./sign-in.ts";
import { StreamManagement } from "./stream-management.ts";
import type { Transport } from "./transport.ts";

const mechanisms = (name: string) =>
  xml("features", {}, xml("mechanisms", { xmlns: NS.sasl }, xml("mechanism", {}, name)));
const features = xml("features", {}, xml("bind", { xmlns: NS.bind }), xml("sm", { xmlns: NS.streamManagement }));
const bound = xml(
  "iq",
  { id: "_bind_auth_2", type: "result" },
  xml("bind", {}, xml("jid", {}, "6f0c1d2e@meet.example/r")),
);

function scripted(...answers: XmlElement[]) {
  return scriptedOver(true, answers);
}

function scriptedOver(isSecure: boolean, answers: XmlElement[]) {
  const said: string[] = [];
  const sent: XmlElement[] = [];
  const transport: Transport = {
    canResume: true,
    isSecure,
    open: () => {},
    send: (element) => {
      sent.push(element);
      said.push(element.name === "iq" ? `iq ${element.attrs.id}` : element.name);
    },
    restart: () => void said.push("restart"),
    close: () => {},
    renew: () => false,
    abandon: () => {},
  };
  const incoming = { next: async () => answers.shift() ?? assert.fail("the server has nothing more to say") };
  return { said, sent, transport, incoming };
}

test("a first login signs in, binds and asks for a resumable stream", async () => {
  const enabled = xml("enabled", { id: "tok_1", resume: "true" });
  const { said, transport, incoming } = scripted(mechanisms("ANONYMOUS"), xml("success"), features, bound, enabled);
  const management = new StreamManagement();
  assert.deepEqual(await signIn(transport, incoming, management), { how: "bound", jid: "6f0c1d2e@meet.example/r" });
  assert.deepEqual(said, ["auth", "restart", "iq _bind_auth_2", "enable"]);
  assert.equal(management.id, "tok_1");
});

test("a broken stream is resumed, and what the server missed is sent again", async () => {
  const management = new StreamManagement();
  management.enable();
  management.id = "tok_1";
  management.sending(xml("message", { id: 1 }));
  management.sending(xml("message", { id: 2 }));
  const { said, transport, incoming } = scripted(
    mechanisms("ANONYMOUS"),
    xml("success"),
    features,
    xml("resumed", { h: 1 }),
  );
  assert.deepEqual(await signIn(transport, incoming, management), {
    how: "resumed",
    resend: [xml("message", { id: 2 })],
  });
  assert.deepEqual(said, ["auth", "restart", "resume"]);
});

test("a session the server no longer knows is replaced on the same link", async () => {
  const management = new StreamManagement();
  management.enable();
  management.id = "tok_1";
  const enabled = xml("enabled", { id: "tok_2", resume: "true" });
  const { said, transport, incoming } = scripted(
    mechanisms("ANONYMOUS"),
    xml("success"),
    features,
    xml("failed"),
    bound,
    enabled,
  );
  assert.equal((await signIn(transport, incoming, management)).how, "bound");
  assert.deepEqual(said, ["auth", "restart", "resume", "iq _bind_auth_2", "enable"]);
  assert.equal(management.id, "tok_2");
});

test("a refused token is told apart from a broken link", async () => {
  const failure = xml("failure", {}, xml("not-allowed"), xml("text", {}, "token required"));
  const { transport, incoming } = scripted(mechanisms("ANONYMOUS"), failure);
  await assert.rejects(
    signIn(transport, incoming, new StreamManagement()),
    (error) =>
      error instanceof SignInRefused && error.condition === "not-allowed" && error.message === "token required",
  );
});

const anna = { name: "anna", password: "pencil" };
const failure = (condition: string, text = "") =>
  xml("failure", { xmlns: NS.sasl }, xml(condition), text !== "" && xml("text", {}, text));

test("a password is never sent where the server can prove it with a challenge", async () => {
  const { sent, transport, incoming } = scripted(mechanisms("SCRAM-SHA-256"), failure("not-authorized"));
  await assert.rejects(signIn(transport, incoming, new StreamManagement(), anna), { condition: "not-authorized" });
  assert.equal(sent[0]?.attrs.mechanism, "SCRAM-SHA-256");
  assert.match(textFromBase64(textOf(sent[0])), /^n,,n=anna,r=/);
});

test("a server that cannot prove to know the password is not believed", async () => {
  const nonceEcho = xml("challenge", {}, toBase64("r=nobody,s=c2FsdA==,i=1"));
  const { said, transport, incoming } = scripted(mechanisms("SCRAM-SHA-256"), nonceEcho);
  await assert.rejects(signIn(transport, incoming, new StreamManagement(), anna));
  assert.deepEqual(said, ["auth"]);
});

test("a plain password is said over TLS only", async () => {
  const secure = scriptedOver(true, [mechanisms("PLAIN"), failure("temporary-auth-failure", "wait")]);
  await assert.rejects(signIn(secure.transport, secure.incoming, new StreamManagement(), anna), {
    condition: "temporary-auth-failure",
  });
  assert.equal(textFromBase64(textOf(secure.sent[0])), "\u0000anna\u0000pencil");
  const open = scriptedOver(false, [mechanisms("PLAIN")]);
  await assert.rejects(signIn(open.transport, open.incoming, new StreamManagement(), anna), {
    condition: "invalid-mechanism",
  });
  assert.deepEqual(open.sent, []);
});
