/** `stanza`, unpatched, over WebSocket and BOSH. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Administrator, passwordOf } from "@veche/xmpp/testing/people.ts";
import { type Agent, createClient } from "stanza";
import { Lesson, room } from "./lesson.ts";

const nick = "pupil002";

async function started(agent: Agent): Promise<void> {
  const ready = new Promise<void>((resolve, reject) => {
    agent.once("session:started", () => resolve());
    agent.once("auth:failed", () => reject(new Error("not signed in")));
    agent.once("disconnected", () => reject(new Error("disconnected")));
  });
  agent.connect();
  await ready;
}

for (const transport of ["websocket", "bosh"] as const) {
  test(`stanza over ${transport} signs in, enters a room, and is heard`, async () => {
    await using lesson = await Lesson.begin();
    const agent = createClient({
      jid: "meet.jitsi",
      server: "meet.jitsi",
      transports: { [transport]: transport === "bosh" ? lesson.boshUrl : lesson.webSocketUrl },
      autoReconnect: false,
    });
    // It takes the strongest mechanism it knows, whether it has a password or not.
    for (const mechanism of ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"]) agent.sasl.disable(mechanism);
    await started(agent);
    assert.match(agent.jid, /^[0-9a-f-]{36}@meet\.jitsi\//);
    await agent.joinRoom(room, nick);
    await lesson.sees(nick);
    agent.sendMessage({ to: room, type: "groupchat", body: "good morning" });
    await lesson.hears("good morning", nick);
    const heard = new Promise<string | undefined>((resolve) =>
      agent.on("groupchat", ({ body }) => body === "sit down" && resolve(body)),
    );
    lesson.say("sit down");
    await heard;
    await agent.ping("meet.jitsi");
    const info = await agent.getDiscoInfo("meet.jitsi");
    assert.ok(info.features.includes("urn:xmpp:ping"));
    const gone = new Promise<void>((resolve) => agent.once("disconnected", () => resolve()));
    agent.disconnect();
    await lesson.sees(nick, "unavailable");
    await gone;
  });
}

for (const transport of ["websocket", "bosh"] as const) {
  test(`stanza over ${transport} signs in with the password of an account`, async () => {
    await using lesson = await Lesson.begin();
    await using administrator = await Administrator.start(lesson.harness);
    await administrator.add("anna");
    const agent = createClient({
      jid: "anna@meet.jitsi",
      password: passwordOf("anna"),
      transports: { [transport]: transport === "bosh" ? lesson.boshUrl : lesson.webSocketUrl },
      autoReconnect: false,
    });
    await started(agent);
    assert.match(agent.jid, /^anna@meet\.jitsi\//);
    const gone = new Promise<void>((resolve) => agent.once("disconnected", () => resolve()));
    agent.disconnect();
    await gone;
  });
}
