import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import type { Room } from "../../protocol/conference/room.ts";
import { type XmlElement, xml } from "../../protocol/xml/element.ts";
import type { XmppConnection } from "../../protocol/xmpp/connection.ts";
import { NS } from "../../protocol/xmpp/namespaces.ts";
import { StanzaError } from "../../protocol/xmpp/stanza.ts";
import { Permissions } from "../call/permissions.ts";
import { CallState } from "../call/state.ts";
import type { AppConfig } from "../config.ts";
import { keepWithHost } from "../remembered.ts";
import { ownRecordings } from "./own-recordings.ts";
import { Recording } from "./recording.ts";

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  keepWithHost(undefined);
});

const focus = { id: "focus", isFocus: true, isHidden: false } as Occupant;
const recorder = { id: "jibri-1", isFocus: false, isHidden: true } as Occupant;

type Options = {
  readonly installed?: boolean;
  readonly forbidden?: boolean;
  readonly answer?: XmlElement | Error;
  readonly isSealed?: boolean;
};

function meeting(options: Options = {}) {
  const state = new CallState();
  state.selfId.value = "me";
  state.setOccupant({ id: "ann", name: "Ann" } as Occupant);
  state.isModerator.value = true;
  const asked: { to: string; element: XmlElement }[] = [];
  const connection = {
    request: async (_type: string, to: string, element: XmlElement) => {
      asked.push({ to, element });
      if (options.answer instanceof Error) throw options.answer;
      return options.answer ?? xml("iq", {});
    },
  } as unknown as XmppConnection;
  const said = options.installed ? true : options.forbidden ? false : undefined;
  const config = { recording: said, liveStreaming: undefined } as AppConfig;
  const room = () => ({ jid: "r@muc.x" }) as Room;
  const context = { state, connection, config, room, roomName: "Физика" };
  const recording = new Recording(context, new Permissions({ state }), () => options.isSealed === true);
  return {
    state,
    recording,
    asked,
    says: (...children: XmlElement[]) => recording.presence(xml("presence", {}, ...children), focus),
    texts: () => state.notices.list.value.map(({ text, values }) => [text, values?.name]),
  };
}

const status = (id: string, now: string, more: Record<string, string> = {}) =>
  xml("jibri-recording-status", { xmlns: NS.jibri, session_id: id, recording_mode: "file", status: now, ...more });
const modes = (value: string) =>
  xml("conference-properties", { xmlns: NS.focus }, xml("property", { key: "recorder-modes", value }));

test("recording is offered where a recorder is, to whom it obeys", () => {
  const { recording, says, state } = meeting();
  assert.ok(!recording.isOffered("file"));
  says(modes("file"));
  assert.deepEqual([recording.isOffered("file"), recording.isOffered("stream")], [true, false]);
  state.isModerator.value = false;
  assert.ok(!recording.isOffered("file"));
});

test("where the focus says nothing of recorders, the operator's word counts; where it says there are none, its own", () => {
  const { recording, says } = meeting({ installed: true });
  assert.ok(recording.isOffered("file"));
  says(modes(""));
  assert.ok(!recording.isOffered("file"));
});

test("where the operator does not want it, it is not offered, whatever runs", () => {
  const { recording, says } = meeting({ forbidden: true });
  says(modes("file stream"));
  assert.deepEqual([recording.isOffered("file"), recording.isOffered("stream")], [false, true]);
});

test("what is encrypted from end to end is not recorded, and nobody is asked to", async () => {
  const { recording, asked } = meeting({ isSealed: true });
  assert.equal(await recording.start({ mode: "file" }), "encrypted");
  assert.deepEqual(asked, []);
});

test("layout and addresses change while it runs, and nobody is told anew that it does", async () => {
  const { recording, says, asked, texts } = meeting();
  const target = (id: string, state: string) =>
    xml("target", { xmlns: NS.vecheRecording, id, host: "a.example", state });
  const stream = (layout: string, ...targets: XmlElement[]) => ({
    ...status("s1", "on", { recording_mode: "stream", layout }),
    children: targets,
  });
  says(stream("speaker", target("1", "pending")));
  assert.equal(await recording.change("stream", { layout: "grid" }), undefined);
  assert.deepEqual(asked[0]?.element.attrs, { xmlns: NS.vecheRecording, session_id: "s1", layout: "grid" });
  says(stream("grid", target("1", "on"), target("2", "retrying")));
  assert.equal(recording.stream.value?.layout, "grid");
  assert.deepEqual(
    recording.stream.value?.targets.map(({ id, state }) => [id, state]),
    [
      ["1", "on"],
      ["2", "retrying"],
    ],
  );
  assert.equal(texts().length, 1);
});

test("who begins a recording has the key to it, and is told at the end where it is", async () => {
  const answer = xml("iq", {}, xml("jibri", { xmlns: NS.jibri, session_id: "s1", owner_key: "k/1" }));
  const { recording, says, state } = meeting({ answer });
  await recording.start({ mode: "file", layout: "grid" });
  const [own] = ownRecordings();
  assert.deepEqual({ ...own, at: 0 }, { id: "s1", key: "k/1", room: "Физика", at: 0 });
  says(status("s1", "on", { initiator: "r@muc.x/me" }));
  // Whoever comes back has another id by then.
  state.selfId.value = "me-again";
  says(status("s1", "off", { initiator: "r@muc.x/ann" }));
  const told = state.notices.list.value.find(({ text }) => text === "recording.ready");
  assert.equal(told?.actions?.[0]?.href, "/recordings?id=s1#k%2F1");
  const other = meeting();
  other.says(status("s2", "on"));
  other.says(status("s2", "off"));
  assert.ok(!other.texts().some(([text]) => text === "recording.ready"));
});

test("a recording goes from the wish over the wait to the file, and everybody is told", async () => {
  const answer = xml("iq", {}, xml("jibri", { xmlns: NS.jibri, session_id: "s1", status: "pending" }));
  const { recording, says, asked, texts } = meeting({ answer });
  assert.equal(await recording.start({ mode: "file" }), undefined);
  assert.equal(asked[0]?.to, "r@muc.x/focus");
  assert.equal(recording.file.value?.status, "pending");
  says(modes("file"));
  assert.equal(recording.file.value?.status, "pending", "the focus has not come to it yet");
  says(status("s1", "pending", { queue_position: "2" }));
  assert.equal(recording.file.value?.placeInLine, 2);
  says(status("s1", "on", { initiator: "r@muc.x/me" }));
  assert.equal(recording.file.value?.status, "on");
  assert.equal(await recording.start({ mode: "file" }), "alreadyOn");
  await recording.stop("file");
  assert.equal(asked.at(-1)?.element.attrs.session_id, "s1");
  says(status("s1", "off", { initiator: "r@muc.x/ann" }));
  assert.equal(recording.file.value, undefined);
  says(status("s1", "off", { initiator: "r@muc.x/ann" }));
  assert.deepEqual(texts(), [["recording.offBy", "Ann"]]);
});

test("whoever comes while it runs, or is there when it begins, is told for as long as they have not understood", () => {
  const { state, says, texts } = meeting();
  says(status("s1", "on", { initiator: "r@muc.x/ann" }));
  assert.deepEqual(texts(), [["recording.onBy", "Ann"]]);
  assert.equal(state.notices.list.value[0]?.stays, true);
  const late = meeting();
  late.says(status("s1", "on", { initiator: "r@muc.x/gone" }));
  assert.deepEqual(late.texts(), [["recording.consent", ""]]);
});

test("what ended before one came, or while one was away, is not there", () => {
  const { recording, says, texts } = meeting();
  says(status("old", "off"));
  assert.deepEqual(texts(), []);
  says(status("s1", "on"));
  recording.left();
  says();
  assert.equal(recording.file.value, undefined);
});

test("a refusal is said in people's words", async () => {
  const refusals: readonly (readonly [string, string])[] = [
    ["resource-constraint", "busy"],
    ["service-unavailable", "unavailable"],
    ["forbidden", "notAllowed"],
    ["unexpected-request", "alreadyOn"],
    ["bad-request", "badRequest"],
    ["gone", "failed"],
  ];
  for (const [condition, problem] of refusals) {
    const error = xml("iq", { type: "error" }, xml("error", {}, xml(condition, { xmlns: NS.stanzaErrors })));
    const { recording } = meeting({ answer: new StanzaError(error) });
    assert.equal(await recording.start({ mode: "stream", streamKey: "k" }), problem);
  }
});

test("a recording that fails says so and is over", () => {
  const { recording, says, texts } = meeting();
  says(status("s1", "pending"));
  says(status("s1", "off", { failure_reason: "busy" }));
  assert.deepEqual(
    texts().map(([text]) => text),
    ["recording.busy"],
  );
  assert.equal(recording.file.value, undefined);
});

test("a recorder in the room records, and says where its stream is seen; nobody else is believed", () => {
  const { recording } = meeting();
  const presence = xml(
    "presence",
    {},
    xml("mode", {}, "stream"),
    xml("session_id", {}, "s2"),
    xml("live-stream-view-url", {}, "https://tube.example/x"),
  );
  recording.presence(presence, { id: "ann", isFocus: false, isHidden: false } as Occupant);
  const stream = () => recording.stream.value;
  assert.equal(stream(), undefined);
  recording.presence(presence, recorder);
  assert.deepEqual([stream()?.status, stream()?.viewUrl], ["on", "https://tube.example/x"]);
});

test("nobody is said to have ended what ended without a name", () => {
  const { says, texts } = meeting();
  says(status("s1", "on", { initiator: "r@muc.x/ann" }));
  says(status("s1", "off"));
  assert.deepEqual(texts(), [["recording.off", ""]]);
});
