import assert from "node:assert/strict";
import { test } from "node:test";
import { xml } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { readJsonSources } from "./json-sources.ts";

const jingle = (text: string) => xml("jingle", {}, xml("json-message", { xmlns: NS.jitmeet }, text));

test("short sources are read as the long ones are", () => {
  const video = [
    { s: 11, n: "zoe-v0", m: "a b" },
    { s: 12, n: "zoe-v0", m: "a b" },
    { s: 13, n: "zoe-v1", m: "c d", v: "d" },
  ];
  const text = JSON.stringify({ sources: { zoe: [video, [["f", 11, 12]], [{ s: 14, n: "zoe-a0", m: "e f" }]] } });
  const [audio, camera, screen] = readJsonSources(jingle(text));
  assert.equal(audio?.kind, "audio");
  assert.deepEqual(camera, {
    name: "zoe-v0",
    owner: "zoe",
    kind: "video",
    videoType: "camera",
    msid: "a b",
    ssrcs: [11, 12],
    groups: [{ semantics: "FID", ssrcs: [11, 12] }],
  });
  assert.equal(screen?.videoType, "desktop");
});

test("nonsense gives no sources", () => {
  for (const text of ["", "{", "null", '{"sources":7}', '{"sources":{"a":7,"b":[[{"s":"x"}]]}}']) {
    assert.deepEqual(readJsonSources(jingle(text)), []);
  }
});
