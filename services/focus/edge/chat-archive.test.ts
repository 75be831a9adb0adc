import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ManualClock } from "@veche/kit/clock.ts";
import { changeLiveSettings, LiveSettingsWatch } from "@veche/kit/live-settings.ts";
import { silentLog } from "@veche/kit/log.ts";
import { MemoryBus, MemoryNetwork } from "@veche/kit/memory-bus.ts";
import { streams } from "@veche/proto/storage.ts";
import { muc } from "@veche/proto/subjects.ts";
import { Stage } from "../testing/stage.ts";
import { ChatArchive } from "./chat-archive.ts";

const dayMs = 24 * 3600 * 1000;

async function keepDays(stage: Stage, keepChatDays: number): Promise<void> {
  const by = { name: "operator", nowMs: stage.clock.now() };
  await stage.settled(changeLiveSettings(stage.bus, { keepChatDays }, by));
  await stage.pass(10);
}

async function chats(stage: Stage) {
  const found: { readonly subject: string; readonly id: string; readonly body: Readonly<Record<string, unknown>> }[] =
    [];
  for await (const { subject, id, body } of stage.bus.replay(streams.chat, "chat.v1.>")) {
    found.push({ subject, id, body: body as Readonly<Record<string, unknown>> });
  }
  return found;
}

async function write(stage: Stage, text: string, changes: object = {}): Promise<void> {
  stage.xmpp.says("standup", muc.messageSent, { endpoint: "aaaa", text, message: `m-${text}`, ...changes });
  await stage.pass(100);
}

describe("chats", () => {
  test("are not kept, and their stream is not made, unless the operator says for how long", async () => {
    await using stage = await Stage.open();
    await stage.xmpp.join("standup", "aaaa");
    await write(stage, "hello");
    assert.deepEqual(await chats(stage), []);
    assert.equal(stage.network.kept("CHAT"), undefined);
  });

  test("are kept for his number of days, public and private apart, numbered by themselves", async () => {
    await using stage = await Stage.open();
    await keepDays(stage, 7);
    assert.equal(stage.network.kept("CHAT")?.maxAgeMs, 7 * dayMs);
    await stage.xmpp.join("standup", "aaaa");
    await stage.xmpp.join("standup", "bbbb");
    await stage.pass(100);
    await write(stage, "hello");
    await write(stage, "psst", { private: true, to: "bbbb" });
    const kept = await chats(stage);
    const session = stage.focus.service.state("standup")?.session ?? "";
    assert.deepEqual(
      kept.map(({ subject, id }) => [subject.split(".").slice(4).join("."), id]),
      [
        [`${session}.public`, `${session}-chat-1`],
        [`${session}.private`, `${session}-chat-2`],
      ],
    );
    const { seq, text, message, to, participant } = kept[1]?.body ?? {};
    assert.deepEqual([seq, text, message, to], ["2", "psst", "m-psst", "bbbb"]);
    const { endpoint, person } = participant as Readonly<Record<string, unknown>>;
    assert.deepEqual([endpoint, person], ["aaaa", "p_aaaa"]);
    await keepDays(stage, 30);
    assert.equal(stage.network.kept("CHAT")?.maxAgeMs, 30 * dayMs, "what is there follows the setting");
    await keepDays(stage, 0);
    await write(stage, "unheard");
    assert.equal((await chats(stage)).length, 2);
  });

  test("go on with the next number after the focus was killed", async () => {
    await using stage = await Stage.open();
    await keepDays(stage, 7);
    await stage.xmpp.join("standup", "aaaa");
    await stage.pass(100);
    await write(stage, "one");
    await write(stage, "two", { private: true, to: "bbbb" });
    stage.killFocus();
    await stage.startFocus();
    await stage.pass(500);
    await write(stage, "three");
    assert.deepEqual(
      (await chats(stage)).map(({ body }) => body.seq),
      ["1", "2", "3"],
    );
  });

  test("wait while NATS is away, and none is stored twice", async () => {
    await using stage = await Stage.open();
    await keepDays(stage, 7);
    await stage.xmpp.join("standup", "aaaa");
    await stage.pass(100);
    await write(stage, "one");
    stage.xmpp.says("standup", muc.messageSent, { endpoint: "aaaa", text: "two", message: "m" });
    await Promise.resolve();
    stage.network.disconnect(stage.focus.bus);
    await stage.pass(20_000);
    stage.network.reconnect(stage.focus.bus);
    await stage.pass(20_000);
    await write(stage, "three");
    const texts = (await chats(stage)).map(({ body }) => body.text);
    assert.equal(new Set(texts).size, texts.length);
    assert.deepEqual(texts.at(-1), "three");
  });

  test("beyond the limit of those that wait the oldest are let go", async () => {
    const clock = new ManualClock(1_000);
    const network = new MemoryNetwork();
    await using bus = new MemoryBus(network, { role: "focus", clock });
    await changeLiveSettings(bus, { keepChatDays: 1 }, { name: "operator", nowMs: 0 });
    using settings = await LiveSettingsWatch.open(bus, { locked: {} });
    using archive = new ChatArchive({ bus, clock, log: silentLog, settings, source: "/test", mostWaiting: 3 });
    await clock.advance(0);
    network.disconnect(bus);
    const participant = { endpoint: "a", person: "p", kind: "web", role: "member", authenticated: false } as const;
    for (const text of ["1", "2", "3", "4", "5"]) {
      const chat = { participant, isPrivate: false, message: "m", text, to: "", timeMs: Number(text) };
      archive.keep({ tenant: "main", room: "r", session: "s", epoch: 1 }, chat);
    }
    network.reconnect(bus);
    await clock.advance(60_000);
    const texts: unknown[] = [];
    for await (const { body } of bus.replay(streams.chat, "chat.v1.>")) {
      texts.push((body as { readonly text?: unknown }).text);
    }
    assert.deepEqual(texts.slice(-3), ["3", "4", "5"]);
    assert.ok(!texts.includes("2"));
  });
});
