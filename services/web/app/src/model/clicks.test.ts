import assert from "node:assert/strict";
import { test } from "node:test";
import { signal } from "@preact/signals-core";
import { type Click, Clicks } from "./clicks.ts";
import { readPageRules } from "./config/page-rules.ts";
import { ConfigReader } from "./config/reader.ts";

function clicksWith(config: object) {
  const clicks = new Clicks(signal(readPageRules(new ConfigReader(config, new Map()))));
  const told: Click[] = [];
  clicks.told = (click) => told.push(click);
  return { clicks, told };
}

test("a button nobody asked about does its work and is not told of", () => {
  const { clicks, told } = clicksWith({ buttonsWithNotifyClick: ["camera"] });
  let done = 0;
  clicks.onToolbar("chat", () => done++);
  clicks.onParticipant("kick", "ann", () => done++);
  assert.deepEqual([done, told], [2, []]);
});

test("one that is asked about is told of, and works on unless that is prevented", () => {
  const { clicks, told } = clicksWith({
    buttonsWithNotifyClick: ["camera", { key: "chat", preventExecution: false }],
    participantMenuButtonsWithNotifyClick: ["kick"],
  });
  const done: string[] = [];
  clicks.onToolbar("camera", () => done.push("camera"));
  clicks.onToolbar("chat", () => done.push("chat"));
  clicks.onParticipant("kick", "ann", () => done.push("kick"));
  clicks.onCustom("register");
  assert.deepEqual(done, ["chat"]);
  assert.deepEqual(told, [
    { key: "camera", preventExecution: true },
    { key: "chat", preventExecution: false },
    { key: "kick", participantId: "ann", preventExecution: true },
    { key: "register", preventExecution: false },
  ]);
});
