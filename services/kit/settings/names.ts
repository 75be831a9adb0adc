import type { Environment } from "../config.ts";
import { nearest } from "./nearest.ts";

/** Every name that has a meaning, here or with docker-jitsi-meet (deploy/SETTINGS.md). */
export type KnownSettings = {
  /** Read by something of ours. */
  readonly honoured: readonly string[];
  /** By name, why nothing comes of it and what does instead. */
  readonly ignored: Readonly<Record<string, string>>;
  /** By name, why it must be off. */
  readonly refused: Readonly<Record<string, string>>;
};

/**
 * Where the names are from. A `.env` is written for us: whatever looks like a setting has to be one. The environment of a
 * process holds much that is for others.
 */
export type NameSource = "env-file" | "process";

export type NameFindings = {
  /** One line each. */
  readonly faults: readonly string[];
  /** Names that are known, are set, and nothing comes of. */
  readonly ignored: readonly { readonly name: string; readonly why: string }[];
};

/** The setting that lets names pass. */
export const passVariable = "VECHE_PASS_SETTINGS";

/** Nobody else's variables begin so. */
const ownPrefix =
  /^(VECHE|JVB|JICOFO|JIBRI|JIGASI|PROSODY|COLIBRI|LETSENCRYPT|VIDEOQUALITY|ETHERPAD|WHITEBOARD|RTCSTATS|AUTOSCALER|VISITORS|OCTO|XMPP|JITSI)_/;

/** Names of ours begin so, and others' do too; in a `.env` they are ours. */
const sharedPrefix = /^(ENABLE|DISABLE|START|HIDE|JWT|LDAP|TURNS?|STUN|P2P|BRIDGE|DESKTOP_SHARING|RESOLUTION|TOOLBAR)_/;

/** What looks like a variable that a person sets. */
const settingLike = /^([A-Z][A-Z0-9_]+|[A-Za-z]\w*_\w*)$/;

/** Unknown names that can only be slips, and known ones of which nothing comes. */
export function checkNames(env: Environment, known: KnownSettings, source: NameSource): NameFindings {
  const mayPass = readPasses(env[passVariable] ?? "");
  const honoured = new Set(known.honoured);
  const faults: string[] = [];
  const ignored: { name: string; why: string }[] = [];
  for (const name of Object.keys(env).sort()) {
    if (honoured.has(name) || mayPass(name)) continue;
    const value = env[name] ?? "";
    const whyIgnored = own(known.ignored, name);
    const whyRefused = own(known.refused, name);
    if (whyIgnored !== undefined) {
      if (value !== "") ignored.push({ name, why: whyIgnored });
    } else if (whyRefused !== undefined) {
      if (!isOff(value)) faults.push(`${name}: ${whyRefused}`);
    } else {
      const fault = faultOf(name, known, source);
      if (fault !== undefined) faults.push(fault);
    }
  }
  return { faults, ignored };
}

/** For the log: one line, or none. */
export function ignoredLine({ ignored }: NameFindings): string | undefined {
  if (ignored.length === 0) return undefined;
  const names = ignored.map(({ name }) => name).join(", ");
  return `known, but nothing comes of it here (deploy/SETTINGS.md says why): ${names}`;
}

function faultOf(name: string, known: KnownSettings, source: NameSource): string | undefined {
  if (!settingLike.test(name)) return undefined;
  const upper = name.toUpperCase();
  const isOurs = ownPrefix.test(name) || (source === "env-file" && sharedPrefix.test(name));
  const meant = nearestKnown(upper, known, isOurs ? suggestionSlips(name) : slips(name));
  if (meant !== undefined) return `${name}: unknown setting; did you mean ${meant}?`;
  if (!isOurs) return undefined;
  return `${name}: unknown setting; deploy/SETTINGS.md has all there are, and ${passVariable}=${name} lets it pass`;
}

/** What is honoured goes first. */
function nearestKnown(name: string, known: KnownSettings, atMost: number): string | undefined {
  if (atMost < 0) return undefined;
  const names = [...known.honoured, ...Object.keys(known.ignored), ...Object.keys(known.refused)];
  return nearest(name, names, atMost);
}

/** Wrong letters that make a name a slip whatever it begins with: short names are like too many others. */
function slips(name: string): number {
  if (name !== name.toUpperCase()) return name === name.toLowerCase() ? -1 : 0;
  if (name.length < 8) return -1;
  if (name.length < 12) return 1;
  return name.length < 20 ? 2 : 3;
}

/** Wrong letters up to which a name is worth showing, where the fault is sure. */
function suggestionSlips(name: string): number {
  return Math.max(2, Math.floor(name.length / 3));
}

/** Names, or beginnings with a `*` behind. */
function readPasses(text: string): (name: string) => boolean {
  const passes = text.split(/[\s,]+/).filter((pass) => pass !== "");
  const names = new Set(passes);
  const beginnings = passes.filter((pass) => pass.endsWith("*")).map((pass) => pass.slice(0, -1));
  return (name) => names.has(name) || beginnings.some((beginning) => name.startsWith(beginning));
}

function isOff(value: string): boolean {
  return /^(|0|false|no|off)$/i.test(value);
}

/** Names are strangers': `constructor` is none of ours. */
function own(record: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
