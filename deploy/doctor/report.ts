/** The findings for a terminal: what is wrong, and under it what to do. */
import { styleText } from "node:util";
import { hostsOf } from "../status/hosts.ts";
import type { Picture } from "../status/picture.ts";
import { plainText } from "../status/texts.ts";
import type { Warning } from "../status/warnings.ts";
import type { Tries } from "./tries.ts";

const marks = { error: "✖", warning: "!", note: "·" } as const;
const colours = { error: "red", warning: "yellow", note: "dim" } as const;
const textAtMost = 500;

export function report(picture: Picture, tries: Tries, findings: readonly Warning[], hasColour: boolean): string {
  const paint = (severity: Warning["severity"], text: string) =>
    hasColour ? styleText(colours[severity], text, { validateStream: false }) : text;
  const lines = findings.flatMap(({ severity, text, fix }) => [
    paint(severity, `${marks[severity]} ${plainText(text, textAtMost)}`),
    ...(fix === undefined ? [] : [`  → ${fix}`]),
  ]);
  const isGood = findings.every(({ severity }) => severity === "note");
  return [
    ...lines,
    ...(lines.length > 0 ? [""] : []),
    isGood ? "Nothing is wrong." : countText(findings),
    looked(picture, tries),
  ].join("\n");
}

function countText(findings: readonly Warning[]): string {
  const count = (wanted: Warning["severity"]) => findings.filter(({ severity }) => severity === wanted).length;
  const [errors, warnings] = [count("error"), count("warning")];
  return `${errors} ${errors === 1 ? "error" : "errors"}, ${warnings} ${warnings === 1 ? "warning" : "warnings"}.`;
}

function looked({ processes }: Picture, { media, web, publicUrl }: Tries): string {
  const hosts = hostsOf(processes).map(({ host, roles }) => `${host} (${roles.join(", ")})`);
  const tried = media.reduce((sum, { tries }) => sum + tries.length, 0);
  const addresses = `${media.length} media ${media.length === 1 ? "address" : "addresses"} in ${tried} tries`;
  const page =
    publicUrl === undefined ? "" : `; ${publicUrl} from ${web.length} ${web.length === 1 ? "host" : "hosts"}`;
  return `Looked at: ${hosts.join("; ") || "nothing"}; ${addresses}${page}.`;
}
