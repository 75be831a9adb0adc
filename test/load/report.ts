/** What a crowd went through, in figures. */
import { type Distribution, distribution } from "../bench/figures.ts";
import type { IncomingStream } from "./media/reception.ts";
import type { Moments, Participant } from "./participant.ts";

type Phase = Exclude<keyof Moments, "askedMs">;

export type LoadReport = {
  readonly people: number;
  /** From asking to each moment. */
  readonly phases: Readonly<Record<Phase, Distribution>>;
  /** Means over everybody, and the worst. */
  readonly received: {
    readonly sourcesAnnounced: Spread;
    readonly audioStreams: Spread;
    readonly videoStreams: Spread;
    readonly packetsPerSecond: Spread;
    readonly kilobitsPerSecond: Spread;
    readonly longestAudioGapMs: Spread;
    readonly longestVideoGapMs: Spread;
  };
  readonly lostPackets: number;
  readonly latePackets: number;
  readonly brokenPackets: number;
  readonly unannouncedPackets: number;
  readonly keyFrames: number;
  /** How many streams were last seen with pictures of so many lines. */
  readonly streamsOfHeight: Readonly<Record<string, number>>;
  readonly invitationsAtMost: number;
  readonly faults: readonly string[];
};

export type Spread = { readonly least: number; readonly mean: number; readonly most: number };

const phases: readonly Phase[] = ["joinedMs", "invitedMs", "connectedMs", "firstPacketMs"];

export function reportOn(participants: readonly Participant[], seconds: number): LoadReport {
  const streams = participants.flatMap(({ reception }) => reception.streams);
  const announced = streams.filter((stream) => stream.announced.kind !== "unannounced");
  const sum = (of: (stream: IncomingStream) => number): number => announced.reduce((all, one) => all + of(one), 0);
  const each = (of: (participant: Participant) => number): Spread => spreadOf(participants.map(of));
  const streamsOf = ({ reception }: Participant, kind: string): IncomingStream[] =>
    reception.streams.filter(({ announced }) => announced.kind === kind);
  const rate = (of: (stream: IncomingStream) => number): Spread =>
    each(({ reception }) => reception.streams.reduce((all, one) => all + of(one), 0) / seconds);
  const gap = (kind: string): Spread =>
    each((one) => Math.max(0, ...streamsOf(one, kind).map(({ longestGapMs }) => longestGapMs)));
  return {
    people: participants.length,
    phases: phasesOf(participants),
    received: {
      sourcesAnnounced: each(({ reception }) => reception.sources.length),
      audioStreams: each((one) => streamsOf(one, "audio").length),
      videoStreams: each((one) => streamsOf(one, "video").length),
      packetsPerSecond: rate(({ packets }) => packets),
      kilobitsPerSecond: rate(({ bytes }) => (bytes * 8) / 1000),
      longestAudioGapMs: gap("audio"),
      longestVideoGapMs: gap("video"),
    },
    lostPackets: sum(({ lost }) => lost),
    latePackets: sum(({ late }) => late),
    brokenPackets: sum(({ broken }) => broken),
    unannouncedPackets: streams.reduce((all, { packets }) => all + packets, 0) - sum(({ packets }) => packets),
    keyFrames: sum(({ keyFrames }) => keyFrames),
    streamsOfHeight: heightsOf(streams),
    invitationsAtMost: Math.max(...participants.map(({ invitations }) => invitations)),
    faults: participants.flatMap(({ nick, faults }) => faults.map((fault) => `${nick}: ${fault}`)),
  };
}

function phasesOf(participants: readonly Participant[]): Record<Phase, Distribution> {
  const of = (phase: Phase): [Phase, Distribution] => [
    phase,
    distribution(
      participants.flatMap(({ moments }) => {
        const at = moments[phase];
        return at === undefined ? [] : [at - moments.askedMs];
      }),
    ),
  ];
  return Object.fromEntries(phases.map(of)) as Record<Phase, Distribution>;
}

function heightsOf(streams: readonly IncomingStream[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { announced, height } of streams) {
    if (announced.kind === "video") found[height] = (found[height] ?? 0) + 1;
  }
  return found;
}

function spreadOf(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return { least: round(Math.min(...values)), mean: round(mean), most: round(Math.max(...values)) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const phaseNames: Readonly<Record<Phase, string>> = {
  joinedMs: "asked → in the room",
  invitedMs: "asked → invited",
  connectedMs: "asked → connected",
  firstPacketMs: "asked → first packet of another",
};

export function textOf(report: LoadReport): string {
  const line = (name: string, text: string): string => `  ${name.padEnd(34)}${text}`;
  const spread = ({ least, mean, most }: Spread): string => `mean ${mean}  (${least}–${most})`;
  const { received } = report;
  return [
    `${report.people} people`,
    ...phases.map((phase) => {
      const { p50, p95, max, samples } = report.phases[phase];
      return line(phaseNames[phase], `p50 ${p50}  p95 ${p95}  max ${max} ms  (${samples})`);
    }),
    "Received by each",
    line("sources announced", spread(received.sourcesAnnounced)),
    line("streams of sound, of pictures", `${spread(received.audioStreams)}, ${spread(received.videoStreams)}`),
    line("packets a second", spread(received.packetsPerSecond)),
    line("kbit/s", spread(received.kilobitsPerSecond)),
    line("longest gap in a sound, ms", spread(received.longestAudioGapMs)),
    line("longest gap in a picture, ms", spread(received.longestVideoGapMs)),
    "In all",
    line("packets lost, late, broken", `${report.lostPackets}, ${report.latePackets}, ${report.brokenPackets}`),
    line("packets nobody announced", String(report.unannouncedPackets)),
    line("key frames; streams by lines", `${report.keyFrames}; ${JSON.stringify(report.streamsOfHeight)}`),
    line("most invitations of one", String(report.invitationsAtMost)),
    line("faults", report.faults.length === 0 ? "none" : report.faults.slice(0, 10).join("; ")),
  ].join("\n");
}
