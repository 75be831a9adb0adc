import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { levelOf } from "../codecs/level.ts";
import { OpusCodecs } from "../codecs/opus.ts";
import { soundLimits } from "../limits.ts";
import { peoplePrompts } from "./people.ts";
import { PromptStore } from "./store.ts";
import { languages, numbers, spokenTexts, texts } from "./texts.ts";

const opus = new OpusCodecs();

function wav(samples: number, { rateHz = 8_000, channels = 1 } = {}): Buffer {
  const file = Buffer.alloc(44 + samples * 2);
  file.write("RIFF", 0, "latin1");
  file.writeUInt32LE(36 + samples * 2, 4);
  file.write("WAVEfmt ", 8, "latin1");
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(channels, 22);
  file.writeUInt32LE(rateHz, 24);
  file.writeUInt16LE(16, 34);
  file.write("data", 36, "latin1");
  file.writeUInt32LE(samples * 2, 40);
  for (let at = 0; at < samples; at += 1) file.writeInt16LE(at % 2 === 0 ? 8_192 : 8_000, 44 + at * 2);
  return file;
}

test("each text has sound in both languages, as loud as a voice, at every rate", async () => {
  const store = await PromptStore.open("", opus);
  for (const language of languages)
    for (const name of spokenTexts(language).keys()) {
      const sound = store.read(`${language}/${name}`, 8_000);
      assert.ok(sound.length > 8_000 * 0.15 && sound.length < 8_000 * 30, `${language}/${name}: ${sound.length}`);
      const level = levelOf(sound);
      assert.ok(level >= 15 && level <= 28, `${language}/${name}: ${level}`);
    }
  for (const rateHz of [8_000, 16_000, 48_000] as const)
    assert.equal(store.read("ru/welcome", rateHz).length / rateHz, store.read("ru/welcome", 8_000).length / 8_000);
  assert.equal(store.read("ru/welcome", 8_000), store.read("ru/welcome", 8_000), "decoded once");
  assert.ok(levelOf(store.read("tone/joined", 8_000)) < 30);
  assert.equal(store.has("ru/nothing"), false);
  assert.equal(store.read("ru/nothing", 8_000).length, 0);
});

test("numbers of people are said as the language has it", async () => {
  const store = await PromptStore.open("", opus);
  const say = (language: "ru" | "en", count: number): string =>
    peoplePrompts(language, count)
      .map((prompt) => {
        assert.ok(store.has(prompt), prompt);
        const name = prompt.slice(3);
        const number = numbers[Number(name.replace("number-", ""))];
        return name.startsWith("number-") ? number?.[language] : texts[name as keyof typeof texts][language];
      })
      .join(" ");
  assert.equal(say("ru", 1), "В конференции один человек");
  assert.equal(say("ru", 2), "В конференции два человека");
  assert.equal(say("ru", 5), "В конференции пять человек");
  assert.equal(say("ru", 11), "В конференции одиннадцать человек");
  assert.equal(say("ru", 42), "В конференции сорок два человека");
  assert.equal(say("ru", 71), "В конференции семьдесят один человек");
  assert.equal(say("en", 1), "In the conference there is one person");
  assert.equal(say("en", 2), "In the conference there are two people");
  assert.equal(say("en", 99), "In the conference there are ninety nine people");
  for (let count = 0; count <= 200; count += 1) for (const language of languages) say(language, count);
});

test("an operator's file is played instead, and one that can't be played is told of", async () => {
  const directory = await mkdtemp(join(tmpdir(), "prompts-"));
  try {
    await mkdir(join(directory, "ru"));
    await writeFile(join(directory, "ru", "welcome.wav"), wav(8_000));
    await writeFile(join(directory, "ru", "school.wav"), wav(48_000, { rateHz: 48_000 }));
    await writeFile(join(directory, "ru", "joined.wav"), wav(100, { channels: 2 }));
    await writeFile(join(directory, "ru", "alone.wav"), wav(100, { rateHz: 44_100 }));
    await writeFile(join(directory, "ru", "ended.wav"), "rubbish");
    await writeFile(join(directory, "ru", "menu.wav"), Buffer.alloc(soundLimits.promptFileBytes + 1));
    const store = await PromptStore.open(directory, opus);
    assert.equal(store.read("ru/welcome", 8_000).length, 8_000);
    assert.equal(store.read("ru/welcome", 48_000).length, 48_000);
    assert.equal(store.read("ru/school", 8_000).length, 8_000);
    assert.ok(store.has("ru/joined"), "its own is left");
    assert.deepEqual(store.faults.map((fault) => /(\w+)\.wav: expected/.exec(fault)?.[1]).sort(), [
      "alone",
      "ended",
      "joined",
      "menu",
    ]);
    const missing = await PromptStore.open(join(directory, "nowhere"), opus);
    assert.equal(missing.faults.length, 1);
  } finally {
    await rm(directory, { recursive: true });
  }
});
