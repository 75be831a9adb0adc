import assert from "node:assert/strict";
import { test } from "node:test";
import { type BrowserKind, browserKind } from "./browser-kind.ts";

const mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
const seen: readonly [BrowserKind, string, number][] = [
  [
    "chromiumDesktop",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    0,
  ],
  [
    "chromiumDesktop",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/128.0.0.0 YaBrowser/24.10 Safari/537.36",
    10,
  ],
  [
    "chromiumPhone",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36",
    5,
  ],
  ["firefoxDesktop", "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", 0],
  ["firefoxPhone", "Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0", 5],
  ["safariDesktop", `${mac} Version/18.1 Safari/605.1.15`, 0],
  ["safariPhone", `${mac} Version/18.1 Safari/605.1.15`, 5],
  ["safariPhone", `${iphone} Version/18.1 Mobile/15E148 Safari/604.1`, 5],
  ["otherOnIphone", `${iphone} CriOS/130.0.0.0 Mobile/15E148 Safari/604.1`, 5],
  ["otherOnIphone", `${iphone} FxiOS/132.0 Mobile/15E148 Safari/604.1`, 5],
];

test("each browser is told apart where its way to allow a microphone differs", () => {
  for (const [kind, userAgent, maxTouchPoints] of seen)
    assert.equal(browserKind({ userAgent, maxTouchPoints }), kind, userAgent);
});

test("an unknown browser is explained like the most common one", () => {
  assert.equal(browserKind({ userAgent: "", maxTouchPoints: 0 }), "chromiumDesktop");
});
