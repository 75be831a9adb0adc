import assert from "node:assert/strict";
import { test } from "node:test";
import { readVisitor } from "./account.ts";

const read = (kept: Readonly<Record<string, string>>) =>
  readVisitor({ getItem: (key) => kept[key] ?? null }, "hidden.meet.example");

const account = { xmpp_username_override: "recorder@hidden.meet.example", xmpp_password_override: "secret" };

test("the account and what the room is told come from the page's storage", () => {
  const visitor = read({
    ...account,
    displayname: "Recorder",
    recorder_mode: "stream",
    recorder_session_id: "s1",
    recorder_view_url: "https://tube.example/x",
  });
  assert.deepEqual(visitor, {
    account: {
      domain: "hidden.meet.example",
      credentials: { name: "recorder", password: "secret", isKept: true },
    },
    name: "Recorder",
    presence: { id: "s1", mode: "stream", viewUrl: "https://tube.example/x" },
  });
});

test("what is kept as JSON is read as well", () => {
  assert.equal(read({ ...account, xmpp_password_override: '"a b"' })?.account.credentials.password, "a b");
});

test("without an account of the hidden domain there is none: a link alone brings nobody in unseen", () => {
  assert.equal(read({}), undefined);
  assert.equal(read({ ...account, xmpp_password_override: "" }), undefined);
  for (const name of ["recorder", "recorder@meet.example", "@hidden.meet.example", "a@b@hidden.meet.example"])
    assert.equal(read({ ...account, xmpp_username_override: name }), undefined, name);
});
