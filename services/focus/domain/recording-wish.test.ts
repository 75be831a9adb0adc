import assert from "node:assert/strict";
import { test } from "node:test";
import { readAppData, readStreamUrl, readViewUrl, tellableOf, wishLimits } from "./recording-wish.ts";

test("app_data says mode, layout and what the recording is remembered by, and may say more", () => {
  const text = '{"file_recording_metadata":{"share":true},"veche":{"mode":"tracks","layout":"grid","more":1},"odd":[]}';
  assert.deepEqual(readAppData(text), {
    ok: true,
    value: { mode: "tracks", layout: "grid", metadata: '{"share":true}' },
  });
  const empty = { ok: true, value: { mode: "composite", layout: undefined, metadata: "{}" } };
  assert.deepEqual([readAppData(""), readAppData("{}")], [empty, empty]);
});

test("app_data that is broken, odd or too long is refused", () => {
  const long = JSON.stringify({ file_recording_metadata: { a: "x".repeat(wishLimits.appData) } });
  const odd = ["{", "[]", "null", '"a"', '{"veche":[]}', '{"file_recording_metadata":1}', '{"veche":{"mode":"film"}}'];
  for (const text of [...odd, '{"veche":{"layout":1}}', long]) {
    const read = readAppData(text);
    assert.ok(!read.ok && read.failure.code === "invalid-argument", text.slice(0, 40));
  }
});

test("a stream goes to an address of RTMP, and a bare key to YouTube", () => {
  const good = ["rtmp://live.example/app/key", "rtmps://live.example:443/app?a=b", "rtmp://[2001:db8::1]/a/b"];
  for (const url of good) assert.deepEqual(readStreamUrl(` ${url} `), { ok: true, value: url });
  const youtube = { ok: true, value: "rtmp://a.rtmp.youtube.com/live2/abcd-1234-efgh" };
  assert.deepEqual(readStreamUrl("abcd-1234-efgh"), youtube);
  assert.deepEqual(tellableOf("rtmps://live.example:443/app/secret"), { host: "live.example", protocol: "rtmps" });
});

test("anything else is refused without being repeated", () => {
  const odd = [
    "",
    "  ",
    "http://live.example/x",
    "file:///etc/passwd",
    "rtmp://",
    "rtmp:x",
    "rtmp://a b/c",
    "ab c",
    "а".repeat(9),
  ];
  const all = [...odd, `rtmp://live.example/${"k".repeat(wishLimits.streamUrl)}`, "rtmp://h/a\nb", "-i;reboot"];
  for (const text of all) {
    const read = readStreamUrl(text);
    assert.ok(!read.ok, text);
    assert.ok(text.trim().length < 8 || !read.failure.message.includes(text.trim()), text);
  }
});

test("where a stream is watched is a link, or an id of YouTube", () => {
  assert.deepEqual(readViewUrl("https://live.example/w"), { ok: true, value: "https://live.example/w" });
  assert.deepEqual(readViewUrl("dQw4w9WgXcQ"), { ok: true, value: "http://youtu.be/dQw4w9WgXcQ" });
  assert.deepEqual(readViewUrl(""), { ok: true, value: "" });
  for (const text of ["javascript:alert(1)", "a b", `https://a.example/${"x".repeat(2_000)}`]) {
    assert.equal(readViewUrl(text).ok, false, text);
  }
});
