import assert from "node:assert/strict";
import { test } from "node:test";
import { type XmlElement, xml } from "../xml/element.ts";
import { NS } from "./namespaces.ts";
import { SignInRefused, signIn } from "./sign-in.ts";
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
  const said: string[] = [];
  const transport: Transport = {
    canResume: true,
    open: () => {},
    send: (element) => void said.push(element.name === "iq" ? `iq ${element.attrs.id}` : element.name),
    restart: () => void said.push("restart"),
    close: () => {},
    abandon: () => {},
  };
  const incoming = { next: async () => answers.shift() ?? assert.fail("the server has nothing more to say") };
  return { said, transport, incoming };
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
