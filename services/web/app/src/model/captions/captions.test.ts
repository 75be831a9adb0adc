import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import type { Room } from "../../protocol/conference/room.ts";
import { xml } from "../../protocol/xml/element.ts";
import { CallState } from "../call/state.ts";
import type { AppConfig } from "../config.ts";
import { CAPTION_MS, Captions, MAX_CAPTIONS } from "./captions.ts";

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

const said = (id: string, text: string, more: object = {}) => ({
  type: "transcription-result",
  transcript: [{ text }],
  message_id: id,
  language: "en-US",
  participant: { id: "ann", name: "Ann" },
  ...more,
});

function meeting() {
  const state = new CallState();
  const room = () => ({ jid: "r@muc.x" }) as Room;
  const captions = new Captions({ state, room, config: { transcription: true } as AppConfig });
  const transcriber = { id: "t1", isHidden: true } as Occupant;
  captions.presence(xml("presence", {}, xml("transcription-status", { status: "ON" })), transcriber);
  return { state, captions, texts: () => captions.lines.value.map(({ text }) => text) };
}

test("words grow while they are spoken and go when nothing is added", () => {
  const { captions, texts } = meeting();
  captions.want(true, "en");
  captions.json(said("m1", "hel", { is_interim: true }), "r@muc.x/t1");
  captions.json(said("m1", "hello"), "r@muc.x/t1");
  assert.deepEqual(texts(), ["hello"]);
  mock.timers.tick(CAPTION_MS);
  assert.deepEqual(texts(), []);
});

test("nobody puts words into others' mouths", () => {
  const { captions, texts } = meeting();
  captions.want(true, "en");
  captions.json(said("m1", "I agree"), "r@muc.x/eve");
  captions.endpointMessage("eve", said("m2", "I agree"));
  assert.deepEqual(texts(), []);
  captions.endpointMessage("transcriber", said("m3", "truly said"));
  assert.deepEqual(texts(), ["truly said"]);
});

test("whoever does not want captions gets none, and says so", () => {
  const { captions, texts, state } = meeting();
  captions.json(said("m1", "hello"), "r@muc.x/t1");
  assert.deepEqual(texts(), []);
  captions.want(true, "ru");
  assert.deepEqual([...state.ownPresence.value.keys()], ["captions", "caption-language"]);
  captions.want(false, "ru");
  assert.deepEqual([...state.ownPresence.value.keys()], ["captions"]);
});

test("a translation into one's own language takes the place of the words, one into another does not", () => {
  const { captions, texts } = meeting();
  captions.want(true, "ru");
  captions.json(said("m1", "hello"), "r@muc.x/t1");
  const translated = { type: "translation-result", message_id: "m1", participant: { id: "ann" } };
  captions.json({ ...translated, language: "de", text: "hallo" }, "r@muc.x/t1");
  assert.deepEqual(texts(), ["hello"]);
  captions.json({ ...translated, language: "ru", text: "привет" }, "r@muc.x/t1");
  captions.json(said("m1", "hello again"), "r@muc.x/t1");
  assert.deepEqual(texts(), ["привет"]);
});

test("only the last few lines are shown, and everybody knows while somebody listens", () => {
  const { captions, texts } = meeting();
  assert.equal(captions.isTranscribing.value, true);
  captions.want(true, "en");
  for (let number = 0; number < 9; number++) captions.json(said(`m${number}`, `${number}`), "r@muc.x/t1");
  assert.equal(texts().length, MAX_CAPTIONS);
  captions.presence(xml("presence", { type: "unavailable" }), { id: "t1", isHidden: true } as Occupant);
  assert.equal(captions.isTranscribing.value, false);
});
