import assert from "node:assert/strict";
import { test } from "node:test";
import { type XmlElement, xml } from "../xml/element.ts";
import { XmppConnection } from "./connection.ts";
import { NS } from "./namespaces.ts";
import type { Credentials } from "./scram.ts";
import type { Transport, TransportEvents } from "./transport.ts";

const signingIn = xml("features", {}, xml("mechanisms", { xmlns: NS.sasl }, xml("mechanism", {}, "PLAIN")));
const signedIn = xml("features", {}, xml("bind", { xmlns: NS.bind }));
const bound = xml("iq", { id: "_bind_auth_2", type: "result" }, xml("bind", {}, xml("jid", {}, "recorder@h/1")));

/** A link to a server that takes this password, or one that breaks as soon as it is opened. */
function link(isThere: boolean, refuses = false): Transport {
  let say: (element: XmlElement) => void = () => {};
  return {
    canResume: false,
    isSecure: true,
    open: (events: TransportEvents) => {
      say = (element) => events.received(element);
      if (isThere) say(signingIn);
      else events.closed("nobody there");
    },
    send: ({ name }) => {
      if (name === "auth") say(refuses ? xml("failure", {}, xml("not-authorized", {})) : xml("success"));
      if (name === "iq") say(bound);
    },
    restart: () => say(signedIn),
    close: () => {},
    renew: () => false,
    abandon: () => {},
  };
}

async function connectOver(links: Transport[], credentials: Credentials) {
  const refusals: string[] = [];
  const make = () => links.shift() ?? assert.fail("no further attempt was expected");
  const events = { stateChanged: () => {}, rebound: () => {}, stanza: () => false };
  const refused = ({ condition }: { readonly condition: string }) => void refusals.push(condition);
  const connection = new XmppConnection("h", make, { ...events, refused }, credentials);
  const failed = await connection.connect().then(
    () => false,
    () => true,
  );
  const { state } = connection;
  connection.close();
  return { failed, state, refusals, left: links.length };
}

const typed = { name: "recorder", password: "secret" };

test("a typed password is tried once", async () => {
  const { failed, left } = await connectOver([link(false), link(true)], typed);
  assert.deepEqual([failed, left], [true, 1]);
});

test("with one that a program keeps a line that breaks is tried again", async () => {
  const { failed, state, left } = await connectOver([link(false), link(true)], { ...typed, isKept: true });
  assert.deepEqual([failed, state, left], [false, "connected", 0]);
});

test("one that is wrong is not tried again, whoever has it", async () => {
  const { failed, refusals, left } = await connectOver([link(true, true), link(true)], { ...typed, isKept: true });
  assert.deepEqual([failed, refusals, left], [true, ["not-authorized"], 1]);
});
