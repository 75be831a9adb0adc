/** `stanza`, unpatched, over WebSocket and BOSH. */
import assert from "node:assert/strict";
import { test } from "node:test";
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
