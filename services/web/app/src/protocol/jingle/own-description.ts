// Our side of the peer connection: reading the browser's answer and giving the camera its simulcast layers.
import type { SsrcGroup } from "./source.ts";

export interface OwnSection {
  readonly mid: string;
  readonly kind: string;
  readonly lines: readonly string[];
}

export interface OwnStreams {
  readonly ssrcs: readonly number[];
  readonly groups: readonly SsrcGroup[];
}

export interface OwnDescription {
  readonly session: readonly string[];
  readonly sections: readonly OwnSection[];
}

export function parseSdp(sdp: string): OwnDescription {
  const session: string[] = [];
  const sections: { mid: string; kind: string; lines: string[] }[] = [];
  for (const line of sdp.split(/\r?\n/)) {
    if (!line) continue;
    if (line.startsWith("m=")) sections.push({ mid: "", kind: line.slice(2).split(" ", 1)[0] ?? "", lines: [] });
    const section = sections.at(-1);
    if (!section) session.push(line);
    else {
      section.lines.push(line);
      if (line.startsWith("a=mid:")) section.mid = line.slice(6);
    }
  }
  return { session, sections };
}

export function writeSdp({ session, sections }: OwnDescription): string {
  return `${[...session, ...sections.flatMap(({ lines }) => lines)].join("\r\n")}\r\n`;
}

export function valuesOf(lines: readonly string[], attribute: string): string[] {
  const prefix = `a=${attribute}:`;
  return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
}

export function readStreams({ lines }: OwnSection): OwnStreams {
  return {
    ssrcs: [...new Set(valuesOf(lines, "ssrc").map((value) => Number(value.split(" ", 1)[0])))],
    groups: valuesOf(lines, "ssrc-group").map((value) => {
      const [semantics = "", ...ssrcs] = value.split(" ");
      return { semantics, ssrcs: ssrcs.map(Number) };
    }),
  };
}

/** Three layers of one camera, low to high, each with its retransmission stream when the browser has those. */
export function withSimulcast(streams: OwnStreams, layers: number, newSsrc: () => number): OwnStreams {
  const hasGroup = streams.groups.some(({ semantics }) => semantics === "SIM");
  const first = streams.ssrcs[0];
  if (hasGroup || first === undefined || layers < 2) return streams;
  const pair = streams.groups.find(({ semantics }) => semantics === "FID");
  const primaries = [pair?.ssrcs[0] ?? first];
  while (primaries.length < layers) primaries.push(newSsrc());
  if (!pair) return { ssrcs: primaries, groups: [{ semantics: "SIM", ssrcs: primaries }] };
  const repairs = [pair.ssrcs[1] ?? newSsrc()];
  while (repairs.length < layers) repairs.push(newSsrc());
  return {
    ssrcs: [...primaries, ...repairs],
    groups: [
      { semantics: "SIM", ssrcs: primaries },
      ...primaries.map((ssrc, layer) => ({ semantics: "FID", ssrcs: [ssrc, repairs[layer] ?? 0] })),
    ],
  };
}

/** Puts the given streams in place of those the section has, keeping its cname and msid. */
export function withStreams(section: OwnSection, { ssrcs, groups }: OwnStreams): OwnSection {
  const cname = /^a=ssrc:\d+ cname:(.+)$/m.exec(section.lines.join("\n"))?.[1] ?? "veche";
  const msid = valuesOf(section.lines, "msid")[0];
  return {
    ...section,
    lines: [
      ...section.lines.filter((line) => !line.startsWith("a=ssrc:") && !line.startsWith("a=ssrc-group:")),
      ...groups.map((group) => `a=ssrc-group:${group.semantics} ${group.ssrcs.join(" ")}`),
      ...ssrcs.flatMap((ssrc) => [`a=ssrc:${ssrc} cname:${cname}`, ...(msid ? [`a=ssrc:${ssrc} msid:${msid}`] : [])]),
    ],
  };
}

/** Firefox numbers its layers itself but does not say that they belong together. */
export function withSimGroup(streams: OwnStreams): OwnStreams {
  const repairs = new Set(streams.groups.filter(({ semantics }) => semantics === "FID").map(({ ssrcs }) => ssrcs[1]));
  const primaries = streams.ssrcs.filter((ssrc) => !repairs.has(ssrc));
  if (primaries.length < 2 || streams.groups.some(({ semantics }) => semantics === "SIM")) return streams;
  return { ...streams, groups: [{ semantics: "SIM", ssrcs: primaries }, ...streams.groups] };
}
