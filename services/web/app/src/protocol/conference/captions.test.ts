import assert from "node:assert/strict";
import { test } from "node:test";
import { xml } from "../xml/element.ts";
import { readCaption, readTranscriptionStatus } from "./captions.ts";

const heard = {
  type: "transcription-result",
  event: "SPEECH",
  transcript: [{ text: "hello", confidence: 0.9 }],
  language: "en-US",
  message_id: "m1",
  is_interim: true,
  participant: { id: "ann", name: "Ann" },
};

test("what was heard and what was translated are read", () => {
  assert.deepEqual(readCaption(heard), {
    id: "m1",
    speakerId: "ann",
    speakerName: "Ann",
    text: "hello",
    language: "en-US",
    isFinal: false,
    isTranslation: false,
  });
  const translated = readCaption({ type: "translation-result", language: "de", text: "hallo", message_id: "m1" });
  assert.deepEqual([translated?.text, translated?.isTranslation, translated?.isFinal], ["hallo", true, true]);
});

test("what has no words or no id is no caption, and none is endless", () => {
  for (const json of [
    { ...heard, type: "polls" },
    { ...heard, transcript: [] },
    { ...heard, transcript: [{ text: 7 }] },
    { ...heard, transcript: "hello" },
    { ...heard, message_id: 1 },
  ])
    assert.equal(readCaption(json), undefined);
  assert.equal(readCaption({ ...heard, transcript: [{ text: "x".repeat(5000) }] })?.text.length, 2000);
});

test("a transcriber says whether it listens", () => {
  assert.equal(readTranscriptionStatus(xml("presence", {}, xml("transcription-status", { status: "ON" }))), true);
  assert.equal(readTranscriptionStatus(xml("presence", {}, xml("transcription-status", { status: "OFF" }))), false);
  assert.equal(readTranscriptionStatus(xml("presence", {})), undefined);
});
