import assert from "node:assert/strict";
import { test } from "node:test";
import { CallState } from "./state.ts";

test("a panel that is opened takes away the notices of what stands in it, and no others", () => {
  const state = new CallState();
  state.notices.show("notify.passwordSet", { stays: true });
  state.notices.show("notify.chatMessage", { values: { name: "Ann", text: "hi" }, group: "chat", stays: true });
  state.openPanel("participants");
  assert.equal(state.notices.list.value.length, 2);
  state.openPanel("chat");
  assert.deepEqual(
    state.notices.list.value.map(({ text }) => text),
    ["notify.passwordSet"],
  );
});
