/** The picture as one page of a terminal. */
import { styleText } from "node:util";
import { formatTable } from "../users/table.ts";
import { hostsOf } from "./hosts.ts";
import type { Picture, Room } from "./picture.ts";
import { daysText, plainText, sizeText, spanText } from "./texts.ts";
import { type Warning, warningsOf } from "./warnings.ts";

export type ScreenOptions = {
  readonly columns: number;
  /** Lines there are; 0: as many as it takes. */
  readonly rows: number;
  readonly hasColour: boolean;
};

type Section = { readonly title: string; readonly head: readonly string[]; readonly rows: readonly string[][] };

const marks = { error: "✖", warning: "!", note: "·" };
const colours = { error: "red", warning: "yellow", note: "dim" } as const;
/** However small the terminal is. */
const leastRows = 3;

export function screen(picture: Picture, options: ScreenOptions): string {
  const warnings = warningsOf(picture);
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    options.hasColour ? styleText(style, text, { validateStream: false }) : text;
  const head = [paint("bold", summary(picture)), ...warnings.map((one) => warningLine(one, paint)), ""];
  const sections = picture.away === undefined ? sectionsOf(picture) : [];
  const lines = [
    ...head,
    ...sections.flatMap((section) => sectionLines(section, room(options, head, sections), paint)),
  ];
  return lines.map((line) => clipped(line, options.columns)).join("\n");
}

/** Lines that each section may have: what the smaller ones leave is the others'. */
function room({ rows }: ScreenOptions, head: readonly string[], sections: readonly Section[]): number {
  if (rows === 0) return Number.POSITIVE_INFINITY;
  let left = rows - head.length - 1 - 3 * sections.length;
  let share = leastRows;
  const sizes = sections.map((section) => section.rows.length).sort((one, other) => one - other);
  for (const [index, size] of sizes.entries()) {
    share = Math.floor(left / (sizes.length - index));
    if (size > share) break;
    left -= size;
  }
  return Math.max(leastRows, share);
}

function summary(picture: Picture): string {
  const at = new Date(picture.atMs).toLocaleTimeString("en-GB");
  if (picture.away !== undefined) return `Veche  ${at}`;
  const { rooms, roomsLeftOut, processes, natsRoundTripMs } = picture;
  const sum = (count: (one: Room) => number) => rooms.reduce((total, one) => total + count(one), 0);
  const version = [...new Set(processes.map((one) => one.version))].sort().join(", ");
  const parts = [
    `Veche ${version}`.trim(),
    counted(rooms.length + roomsLeftOut, "room", "rooms"),
    counted(
      sum((one) => one.participants),
      "person",
      "people",
    ),
    counted(
      sum((one) => one.calls),
      "telephone",
      "telephones",
    ),
    counted(
      sum((one) => one.recordings + one.streams),
      "recording",
      "recordings",
    ),
    natsRoundTripMs === undefined ? "" : `NATS ${natsRoundTripMs.toFixed(1)} ms`,
    at,
  ];
  return parts.filter((part) => part !== "").join("  ");
}

function warningLine({ severity, text }: Warning, paint: (style: "red" | "yellow" | "dim", text: string) => string) {
  return paint(colours[severity], `${marks[severity]} ${plainText(text, 400)}`);
}

function sectionsOf(picture: Picture): readonly Section[] {
  const all = [rooms(picture), bridges(picture), recorders(picture), gateways(picture), hosts(picture), keys(picture)];
  return all.filter(({ title, rows: { length } }) => length > 0 || title === "Rooms");
}

function rooms({ rooms: all, atMs, roomsLeftOut }: Picture): Section {
  const units = new Set(all.map(({ unit }) => unit));
  const rows = all.flatMap((one) => {
    const { participants, connected, calls, waiting, recordings, streams } = one;
    const name = `${one.isBreakout ? "↳ " : ""}${one.tenant === "main" ? "" : `${one.tenant}/`}${one.name}`;
    const line = [
      plainText(units.size > 1 ? `${one.unit}: ${name}` : name),
      String(participants),
      String(connected),
      dash(calls),
      dash(waiting),
      [...repeat("rec", recordings), ...repeat("live", streams)].join(" ") || "-",
      spanText(atMs - one.openedMs),
      one.bridges.map(({ bridge, endpoints }) => `${bridge} (${endpoints})`).join(", ") || "-",
    ];
    const people = one.people.map(({ endpoint, name: person, kind, role, bridge, isInterrupted }) => [
      `    ${endpoint} ${plainText(person)}`,
      "",
      "",
      "",
      "",
      isInterrupted ? "interrupted" : "",
      "",
      `${bridge} ${kind} ${role}`,
    ]);
    return [line, ...people];
  });
  if (roomsLeftOut > 0) rows.push([`… and ${roomsLeftOut} smaller ones`]);
  const head = ["name", "people", "media", "calls", "lobby", "output", "for", "bridges (people)"];
  return { title: "Rooms", head, rows };
}

function bridges({ bridges: all }: Picture): Section {
  return {
    title: "Bridges",
    head: ["id", "host", "region", "stress", "endpoints", "rooms", "Mbit/s", "version", "state", "addresses"],
    rows: all.map((one) => [
      one.bridge,
      one.host,
      one.region || "-",
      one.stress.toFixed(2),
      String(one.endpoints),
      String(one.conferences),
      (one.bitsPerSecond / 1e6).toFixed(1),
      one.version,
      stateText(one),
      one.addresses.join(" "),
    ]),
  };
}

function recorders({ recorders: all }: Picture): Section {
  return {
    title: "Recorders",
    head: ["id", "host", "composites", "tracks", "cpu", "free disk", "version", "state"],
    rows: all.map((one) => [
      one.recorder,
      one.host,
      String(one.composites),
      String(one.tracks),
      `${Math.round(one.cpuFraction * 100)} %`,
      sizeText(one.freeDisk),
      one.version,
      one.isFull ? `${stateText(one)}, full` : stateText(one),
    ]),
  };
}

function gateways({ gateways: all }: Picture): Section {
  return {
    title: "Gateways",
    head: ["id", "host", "calls", "of", "stress", "version", "state", "trunks"],
    rows: all.map((one) => [
      one.gateway,
      one.host,
      String(one.calls),
      String(one.maxCalls),
      one.stress.toFixed(2),
      one.version,
      stateText(one),
      one.trunks.map(({ trunk, registration }) => `${trunk} ${registration}`).join(", ") || "-",
    ]),
  };
}

function hosts({ processes }: Picture): Section {
  return {
    title: "Hosts",
    head: ["id", "clock", "load", "memory free", "NATS", "disk free", "roles"],
    rows: hostsOf(processes).map((one) => [
      one.host,
      clockText(one.clockOffsetMs, one.clockErrorMs),
      `${one.load.toFixed(1)} of ${one.cpus}`,
      `${sizeText(one.availableMemory)} of ${sizeText(one.memory)}`,
      one.natsRoundTripMs === undefined ? "-" : `${one.natsRoundTripMs.toFixed(1)} ms`,
      one.disks.map(({ name, free, total }) => (total > 0 ? `${name} ${sizeText(free)}` : `${name} ?`)).join(", ") ||
        "-",
      one.roles.join(", "),
    ]),
  };
}

function keys({ processes, atMs }: Picture): Section {
  return {
    title: "Certificates",
    head: ["use", "on", "ends in", "names"],
    rows: processes.flatMap(({ role, host, certificates }) =>
      certificates.map(({ use, names, notAfterMs }) => [
        use,
        `${role} on ${host}`,
        notAfterMs <= atMs ? "has ended" : daysText(Math.floor((notAfterMs - atMs) / 86_400_000)),
        plainText(names.join(", "), 80),
      ]),
    ),
  };
}

function sectionLines(
  { title, head, rows }: Section,
  most: number,
  paint: (style: "bold" | "dim", text: string) => string,
) {
  if (rows.length === 0) return [paint("bold", title), "  none", ""];
  const shown = rows.length > most ? rows.slice(0, most - 1) : rows;
  const [first = "", ...rest] = formatTable(head, shown).split("\n");
  const more = rows.length - shown.length;
  return [
    paint("bold", title),
    paint("dim", `  ${first}`),
    ...rest.map((line) => `  ${line}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
    "",
  ];
}

function stateText({ isHealthy, isDraining }: { readonly isHealthy: boolean; readonly isDraining: boolean }): string {
  if (!isHealthy) return "unwell";
  return isDraining ? "draining" : "well";
}

/** What is within the error of measuring is right. */
function clockText(offsetMs: number, errorMs: number): string {
  if (Math.abs(offsetMs) <= Math.max(errorMs, 5)) return "right";
  return `${offsetMs > 0 ? "+" : "−"}${(Math.abs(offsetMs) / 1000).toFixed(2)} s`;
}

function dash(count: number): string {
  return count === 0 ? "-" : String(count);
}

function repeat(word: string, count: number): string[] {
  if (count === 0) return [];
  return [count === 1 ? word : `${word} ×${count}`];
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Colours have no width. */
function clipped(line: string, columns: number): string {
  let width = 0;
  let text = "";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what styleText puts around a text.
  for (const part of line.split(/(\x1b\[[0-9;]*m)/)) {
    if (part.startsWith("\x1b")) {
      text += part;
      continue;
    }
    const units = [...part];
    const fits = units.slice(0, Math.max(0, columns - width));
    text += fits.length < units.length && fits.length > 0 ? `${fits.slice(0, -1).join("")}…` : fits.join("");
    width += units.length;
  }
  return text;
}
