import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { fakeMeeting, somebody } from "./fake-context.ts";
import type { MediaLink } from "./media-link.ts";
import { People } from "./people.ts";

mock.timers.enable({ apis: ["setTimeout"] });

function begin() {
  const meeting = fakeMeeting();
  const link = { occupantRenamed: () => {}, occupantLeft: () => {} } as unknown as MediaLink;
  const people = new People(meeting.state, link);
  const told = () => meeting.notices().map(({ text, values }) => `${text.replace("notify.", "")} ${values?.name}`);
  return { ...meeting, people, told };
}

test("comings and goings are told of once", () => {
  const { people, told } = begin();
  people.changed(somebody("ann"));
  people.changed(somebody("ann", { handRaisedAt: 1 }));
  people.left("ann", "");
  assert.deepEqual(told(), ["connectedOneMember ann", "leftOneMember ann"]);
});

test("who is there when we come has not joined just now, and leaves all the same", () => {
  const { state, people, told } = begin();
  state.phase.value = { name: "joining", waitingForHost: false };
  people.changed(somebody("ann"));
  state.phase.value = { name: "joined" };
  people.changed(somebody("ann", { handRaisedAt: 1 }));
  people.left("ann", "");
  assert.deepEqual(told(), ["leftOneMember ann"]);
});

test("who is called joins when they pick up, and leaves only then", () => {
  const { people, told } = begin();
  const call = (id: string, callStatus: string) => people.changed(somebody(id, { isPhone: true, callStatus }));
  call("p1", "Initializing Call");
  call("p1", "Ringing...");
  assert.deepEqual(told(), []);
  call("p1", "Connected");
  call("p1", "Disconnected");
  people.left("p1", "");
  call("p2", "Ringing...");
  call("p2", "Busy");
  people.left("p2", "");
  assert.deepEqual(told(), ["connectedOneMember p1", "leftOneMember p1"]);
});
