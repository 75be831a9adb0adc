/** What comes on a bridge channel that is no message, or a wrong one. */
import { mutate, type Random } from "@veche/videobridge/testing/random.ts";

const constraints = (owner: string) => ({
  colibriClass: "ReceiverVideoConstraints",
  lastN: 5,
  selectedSources: [`${owner}-v0`],
  onStageSources: [`${owner}-v0`],
  defaultConstraints: { maxHeight: 180, maxFrameRate: 30 },
  constraints: { [`${owner}-v0`]: { maxHeight: 720 } },
  assumedBandwidthBps: -1,
});

/** As clients say it; `me` is who says it. */
const sound = (me: string, other: string): readonly object[] => [
  { colibriClass: "ClientHello" },
  constraints(other),
  { colibriClass: "LastNChangedEvent", lastN: -1 },
  { colibriClass: "ReceiverAudioSubscription", all: true, exclude: [`${other}-a0`] },
  { colibriClass: "SourceVideoTypeMessage", sourceName: `${me}-v0`, videoType: "desktop" },
  { colibriClass: "VideoTypeMessage", videoType: "camera" },
  { colibriClass: "EndpointMessage", to: other, msgPayload: { type: "x", values: [1, { a: null }] } },
  { colibriClass: "EndpointMessage", to: "", msgPayload: { name: "endpoint-reaction", reactions: ["like"] } },
  { colibriClass: "EndpointStats", bitrate: { download: 100 }, connectionQuality: 99.5, region: "eu" },
];

const extremes: readonly string[] = [
  "",
  "null",
  "[]",
  "{",
  "1e999",
  '{"colibriClass":7}',
  '{"colibriClass":"ReceiverVideoConstraints","lastN":1e308,"defaultConstraints":{"maxHeight":-1e308}}',
  `{"colibriClass":"ReceiverVideoConstraints","lastN":${"9".repeat(4_000)}}`,
  '{"colibriClass":"__proto__","__proto__":{"to":""}}',
  '{"colibriClass":"EndpointMessage","to":"","msgPayload":"\\ud800"}',
  `{"colibriClass":"EndpointMessage","to":"","msgPayload":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}}`,
  `${"[".repeat(30_000)}${"]".repeat(30_000)}`,
  `{"colibriClass":"ReceiverVideoConstraints","selectedSources":[${'"x",'.repeat(5_000)}"x"]}`,
  `{"colibriClass":"EndpointMessage","to":"","msgPayload":{"text":"${"x".repeat(60_000)}"}}`,
  "x".repeat(70_000),
];

/** One frame: text, or bytes that go as a binary one. */
export function badMessage(me: string, other: string, random: Random): string | Buffer {
  if (random.chance(0.03)) return random.pick(extremes);
  if (random.chance(0.03)) return Buffer.from(Array.from({ length: random.below(300) }, () => random.below(256)));
  const text = JSON.stringify(mutate(random.pick(sound(me, other)), random)) ?? "undefined";
  if (random.chance(0.1)) return text.slice(0, random.below(text.length));
  return random.chance(0.05) ? text.replaceAll('"', random.pick(["'", "", '\\"', '""'])) : text;
}

/** Addresses of channels that nobody was given. */
export function wrongAddress(right: URL, random: Random): URL {
  const url = new URL(right);
  const odd = () =>
    random.pick(["nobody", "..", "%2e%2e", "%00", "__proto__", "x".repeat(300), "%E2%82%AC", "a%2Fb", "*", ">"]);
  const parts = url.pathname.split("/");
  if (random.chance(0.4)) url.searchParams.set("pwd", random.pick(["", "wrong", "a".repeat(1_000), "\u0000", "null"]));
  else if (random.chance(0.2)) url.searchParams.delete("pwd");
  else url.pathname = parts.with(2 + random.below(parts.length - 2), odd()).join("/");
  return url;
}
