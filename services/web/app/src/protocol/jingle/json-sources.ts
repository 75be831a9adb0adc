// Sources in short: {"sources":{"<owner>":[[video],[video groups],[audio],[audio groups]]}}, trailing empty lists left out.
import { childNamed, textOf, type XmlElement } from "../xml/element.ts";
import { NS } from "../xmpp/namespaces.ts";
import { cleanMsid, type MediaKind, type Source, type SsrcGroup } from "./source.ts";

/** The sources a focus sends to clients that say they understand this form. */
export function readJsonSources(jingle: XmlElement): Source[] {
  const text = textOf(childNamed(jingle, "json-message", NS.jitmeet));
  if (!text) return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const byOwner = (value as { sources?: unknown } | null)?.sources;
  if (typeof byOwner !== "object" || byOwner === null) return [];
  return Object.entries(byOwner).flatMap(([owner, lists]) => {
    const [video, videoGroups, audio, audioGroups] = Array.isArray(lists) ? (lists as unknown[]) : [];
    return [...readKind(owner, "audio", audio, audioGroups), ...readKind(owner, "video", video, videoGroups)];
  });
}

function readKind(owner: string, kind: MediaKind, list: unknown, groupList: unknown): Source[] {
  const groups = readGroups(groupList);
  const byName = new Map<string, Source>();
  for (const entry of Array.isArray(list) ? (list as unknown[]) : []) {
    const { s: ssrc, n, m, v } = (entry ?? {}) as Record<string, unknown>;
    if (typeof ssrc !== "number" || !Number.isInteger(ssrc) || ssrc <= 0) continue;
    const name = typeof n === "string" ? n : `${owner}-${kind === "audio" ? "a0" : "v0"}`;
    const known = byName.get(name);
    const msid = cleanMsid(typeof m === "string" ? m : name);
    const videoType = v === "d" ? "desktop" : "camera";
    const ssrcs = [...(known?.ssrcs ?? []), ssrc];
    byName.set(name, known ? { ...known, ssrcs } : { name, owner, kind, videoType, msid, ssrcs, groups: [] });
  }
  return [...byName.values()].map((source) => ({
    ...source,
    groups: groups.filter(({ ssrcs }) => ssrcs.every((ssrc) => source.ssrcs.includes(ssrc))),
  }));
}

const SEMANTICS: Readonly<Record<string, string>> = { f: "FID", s: "SIM" };

function readGroups(list: unknown): SsrcGroup[] {
  return (Array.isArray(list) ? (list as unknown[]) : []).flatMap((entry): SsrcGroup[] => {
    const [short, ...ssrcs] = Array.isArray(entry) ? (entry as unknown[]) : [];
    const semantics = SEMANTICS[String(short)];
    return semantics && ssrcs.length > 1 ? [{ semantics, ssrcs: ssrcs.map(Number) }] : [];
  });
}
