import assert from "node:assert/strict";
import { test } from "node:test";
import { xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { readRoomInfo } from "./room-info.ts";

const info = (features: readonly string[], lobby: string) =>
  readRoomInfo(
    xml(
      "iq",
      {},
      xml(
        "query",
        { xmlns: NS.discoInfo },
        ...features.map((feature) => xml("feature", { var: feature })),
        xml("x", { xmlns: NS.dataForms }, xml("field", { var: "muc#roominfo_lobbyroom" }, xml("value", {}, lobby))),
      ),
    ),
  );

test("a room tells whether it has a password, and where newcomers wait", () => {
  assert.deepEqual(info(["muc_passwordprotected", "muc_membersonly"], "a@lobby.m"), {
    hasPassword: true,
    lobby: "a@lobby.m",
  });
});

test("a room that is open again has no lobby, even if it still names one", () => {
  assert.deepEqual(info(["muc_unsecured", "muc_open"], "a@lobby.m"), { hasPassword: false, lobby: undefined });
  assert.deepEqual(info(["muc_membersonly"], ""), { hasPassword: false, lobby: undefined });
});

test("a room tells since when it has been a meeting, and nonsense is no time", () => {
  const since = (value: string) =>
    readRoomInfo(
      xml(
        "iq",
        {},
        xml(
          "query",
          { xmlns: NS.discoInfo },
          xml(
            "x",
            { xmlns: NS.dataForms },
            xml("field", { var: "muc#roominfo_created_timestamp" }, xml("value", {}, value)),
          ),
        ),
      ),
    ).createdAt;
  assert.equal(since("1730000000000"), 1_730_000_000_000);
  assert.equal(since("soon"), undefined);
  assert.equal(since(""), undefined);
});
