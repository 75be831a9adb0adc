import assert from "node:assert/strict";
import { test } from "node:test";
import { xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { readComponents, readIceServers } from "./server-offers.ts";

test("components are found by their type", () => {
  const identity = (category: string, type: string, name: string) => xml("identity", { category, type, name });
  const answer = xml(
    "iq",
    {},
    xml("query", { xmlns: NS.discoInfo }, identity("server", "im", "x"), identity("component", "polls", "polls.x")),
  );
  assert.deepEqual([...readComponents(answer)], [["polls", "polls.x"]]);
});

test("relays over TCP are used, and over UDP only when asked for", () => {
  const service = (type: string, transport: string) =>
    xml("service", { type, host: "t", port: 443, transport, username: "u", password: "p" });
  const answer = xml(
    "iq",
    {},
    xml("services", { xmlns: NS.extdisco }, service("stun", "udp"), service("turn", "udp"), service("turns", "tcp")),
  );
  assert.deepEqual(readIceServers(answer, false), [
    { urls: "turns:t:443?transport=tcp", username: "u", credential: "p" },
  ]);
  assert.equal(readIceServers(answer, true).length, 2);
});
