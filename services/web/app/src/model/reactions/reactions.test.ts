import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import { soundsMutedElement } from "../../protocol/conference/reactions.ts";
import { xml } from "../../protocol/xml/element.ts";
import type { MediaLink } from "../call/media-link.ts";
import { CallState } from "../call/state.ts";
import type { AppConfig } from "../config.ts";
import {
  GATHER_MS,
  MAX_GATHERED,
  MAX_PER_SENDER,
  MAX_SHOWN,
  Reactions,
  SENDER_WINDOW_MS,
  SHOWN_MS,
} from "./reactions.ts";

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
});

const person = (id: string, isModerator = false) => ({ id, name: id.toUpperCase(), isModerator }) as Occupant;

function meeting({ disableReactions = false } = {}) {
  const state = new CallState();
  state.selfId.value = "me";
  for (const each of [person("ann"), person("bob", true)]) state.setOccupant(each);
  const sent: { to: string; payload: object }[] = [];
  const link = { sendToEndpoint: (to: string, payload: object) => sent.push({ to, payload }) } as unknown as MediaLink;
  const reactions = new Reactions({ state, link, config: { disableReactions } as AppConfig });
  const hear = (from: string, ...kinds: string[]) =>
    reactions.endpointMessage(from, { name: "endpoint-reaction", reactions: kinds });
  return { state, reactions, sent, hear, kinds: () => reactions.shown.value.map(({ kind }) => kind) };
}

test("what is pressed is seen at once, goes out as one message to all, and is gone after a moment", () => {
  const { reactions, sent, kinds } = meeting();
  reactions.send("like");
  reactions.send("clap");
  assert.deepEqual(kinds(), ["like", "clap"]);
  assert.equal(sent.length, 0);
  mock.timers.tick(GATHER_MS);
  assert.deepEqual(sent, [
    { to: "", payload: { name: "endpoint-reaction", reactions: ["like", "clap"], timestamp: GATHER_MS } },
  ]);
  mock.timers.tick(SHOWN_MS);
  assert.deepEqual(kinds(), []);
});

test("whoever hammers on a key sends little", () => {
  const { reactions, kinds } = meeting();
  for (let press = 0; press < 50; press++) reactions.send("like");
  assert.equal(kinds().length, MAX_GATHERED);
});

test("others' reactions come with their names; those of strangers do not come", () => {
  const { reactions, hear } = meeting();
  hear("ann", "laugh");
  hear("nobody", "laugh");
  assert.deepEqual(
    reactions.shown.value.map(({ kind, name }) => [kind, name]),
    [["laugh", "ANN"]],
  );
});

test("one sender cannot fill the page, nor can all of them", () => {
  const { hear, kinds, state } = meeting();
  for (let time = 0; time < 50; time++) hear("ann", "like");
  assert.equal(kinds().length, MAX_PER_SENDER);
  mock.timers.tick(SENDER_WINDOW_MS);
  hear("ann", "boo");
  assert.equal(kinds().at(-1), "boo");
  for (let number = 0; number < 100; number++) {
    state.setOccupant(person(`p${number}`));
    hear(`p${number}`, "clap");
  }
  assert.equal(kinds().length, MAX_SHOWN);
});

test("a moderator takes the sound away for everybody, and nobody else does", () => {
  const { reactions, state } = meeting();
  const says = (id: string, isMuted: boolean, isModerator: boolean) =>
    reactions.presence(xml("presence", {}, soundsMutedElement(isMuted)), person(id, isModerator));
  says("ann", true, false);
  assert.equal(reactions.soundsMuted.value, false);
  says("bob", true, true);
  assert.equal(reactions.soundsMuted.value, true);
  says("bob", false, true);
  assert.equal(reactions.soundsMuted.value, false);
  state.isModerator.value = true;
  reactions.setSoundsMuted(true);
  assert.equal(reactions.soundsMuted.value, true);
  assert.equal(state.ownPresence.value.get("mute-reactions")?.attrs.startReactionsMuted, "true");
});

test("where the operator wants none there are none", () => {
  const { reactions, hear, kinds } = meeting({ disableReactions: true });
  reactions.send("like");
  hear("ann", "like");
  assert.deepEqual(kinds(), []);
});
