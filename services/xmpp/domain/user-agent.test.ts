import assert from "node:assert/strict";
import { test } from "node:test";
import { readUserAgent } from "./user-agent.ts";

const chrome =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
const cases: readonly (readonly [string, readonly [string, string, string, string]])[] = [
  [chrome, ["web", "126", "chrome", "windows"]],
  [`${chrome} Edg/126.0.1`, ["web", "126", "edge", "windows"]],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", ["web", "128", "firefox", "linux"]],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
    ["web", "17", "safari", "macos"],
  ],
  ["okhttp/4.12.0", ["mobile", "", "", "android"]],
  ["jitsi-meet/24.1 CFNetwork/1410 Darwin/22.6.0", ["mobile", "24.1", "", "ios"]],
  ["", ["", "", "", ""]],
];

for (const [userAgent, expected] of cases) {
  test(`a user agent is read coarsely: ${userAgent.slice(-40) || "none"}`, () => {
    const { app, version, browser, os } = readUserAgent(userAgent);
    assert.deepEqual([app, version, browser, os], expected);
  });
}
