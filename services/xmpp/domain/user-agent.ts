export type ClientFacts = {
  readonly app: string;
  readonly version: string;
  readonly browser: string;
  readonly os: string;
  readonly isMobileApp: boolean;
};

type Rule = readonly [name: string, pattern: RegExp];

const browsers: readonly Rule[] = [
  ["edge", /\bEdg(?:e|A|iOS)?\/(\d+)/],
  ["opera", /\bOPR\/(\d+)/],
  ["yandex", /\bYaBrowser\/(\d+)/],
  ["firefox", /\b(?:Firefox|FxiOS)\/(\d+)/],
  ["chrome", /\b(?:Headless)?(?:Chrome|CriOS)\/(\d+)/],
  ["safari", /\bVersion\/(\d+)[\d.]* .*Safari\//],
];

const systems: readonly Rule[] = [
  ["android", /\bAndroid\b/],
  ["ios", /\b(?:iPhone|iPad|iPod|CFNetwork)\b/],
  ["windows", /\bWindows\b/],
  ["chromeos", /\bCrOS\b/],
  ["macos", /\bMac OS X\b|\bMacintosh\b/],
  ["linux", /\bLinux\b/],
];

const mobileApp = /\b(?:JitsiMeetSDK|jitsi-meet|JitsiMeet)\/(\d[\w.]*)|\b(?:okhttp|CFNetwork)\//i;

/** Coarse on purpose: enough to see which browser has a problem, too little to tell people apart. */
export function readUserAgent(userAgent: string | undefined): ClientFacts {
  const text = (userAgent ?? "").slice(0, 512);
  const [, appVersion] = mobileApp.exec(text) ?? [];
  const isMobileApp = mobileApp.test(text);
  const browser = browsers.find(([, pattern]) => pattern.test(text));
  const version = browser?.[1].exec(text)?.[1] ?? appVersion ?? "";
  const os = systems.find(([, pattern]) => pattern.test(text));
  return {
    app: isMobileApp ? "mobile" : browser ? "web" : "",
    version,
    browser: browser?.[0] ?? "",
    os: os?.[0] ?? (/\bokhttp\//.test(text) ? "android" : ""),
    isMobileApp,
  };
}
