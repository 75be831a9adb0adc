import assert from "node:assert/strict";
import { test } from "node:test";
import { xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { readPermissions } from "./permissions.ts";

test("permissions are read where the server says them, and are otherwise empty", () => {
  const p = (name: string, val: string) => xml("p", { name, val });
  const element = xml("permissions", { xmlns: NS.jitmeet }, p("recording", "true"), p("create-polls", "false"));
  assert.deepEqual(
    [...readPermissions(xml("presence", {}, element))],
    [
      ["recording", true],
      ["create-polls", false],
    ],
  );
  assert.equal(readPermissions(xml("presence", {}, xml("permissions", {}, p("recording", "true")))).size, 0);
});
