/**
 * What Kamailio writes, without what strangers have sent it: a message that it can't read it writes out whole, numbers and
 * passwords included, over as many lines as the message has.
 */

export type LogLine = {
  readonly isGrave: boolean;
  /** An error of the main process: if Kamailio ends now, this is why. */
  readonly isLastWord: boolean;
  readonly text: string;
};

/** "12(3456) ERROR: tm [t_lookup.c:1234]: t_check(): …" (-E: to standard error). */
const own = /^\s*(\d+)\(\d+\) ([A-Z]+): (?:\{[^}]*\} )?(?:<?[a-z_]+>?(?: \[[^\]]+\])?: )?(?:\w+\(\): )?/;
const grave = new Set(["ALERT", "BUG", "CRITICAL"]);
/** Opens the ports, reads the certificates, starts the others: no message of a stranger reaches it, so it quotes none. */
const mainProcess = "0";
/** What it quotes stands behind a bracket or a quotation mark, and may have what ends a line elsewhere. */
const quotation = /=?[<[({'"`|].*$/s;
const addresses = /\b(?:sips?|tel):.*$/is;
const numbers = /\d{6,}/g;
const longest = 500;

/** Undefined: a line of a message, or nothing. */
export function readLogLine(line: string): LogLine | undefined {
  const [head = "", index, level = ""] = own.exec(line) ?? [];
  if (level === "") return undefined;
  const isMain = index === mainProcess;
  const said = line.slice(head.length);
  const kept = isMain ? said : said.replace(quotation, "…").replace(addresses, "…").replace(numbers, "…");
  const isGrave = grave.has(level);
  return {
    isGrave,
    isLastWord: isMain && (isGrave || level === "ERROR"),
    text: (head.trimStart() + kept).trim().slice(0, longest),
  };
}
