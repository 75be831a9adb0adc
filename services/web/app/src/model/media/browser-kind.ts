/** Whose words for "allow" people see. On iPhones every browser is Safari inside, but only Safari asks per site. */
export type BrowserKind =
  | "chromiumDesktop"
  | "chromiumPhone"
  | "firefoxDesktop"
  | "firefoxPhone"
  | "safariDesktop"
  | "safariPhone"
  | "otherOnIphone";

export interface BrowserSigns {
  readonly userAgent: string;
  /** iPads call themselves Macs, but no Mac is touched with several fingers. */
  readonly maxTouchPoints: number;
}

export function browserKind({ userAgent, maxTouchPoints }: BrowserSigns): BrowserKind {
  const isApple = /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && maxTouchPoints > 1);
  if (isApple) return /CriOS|FxiOS|EdgiOS|YaBrowser|OPiOS|GSA\//.test(userAgent) ? "otherOnIphone" : "safariPhone";
  const isPhone = /Android|Mobile/.test(userAgent);
  if (/Firefox\//.test(userAgent)) return isPhone ? "firefoxPhone" : "firefoxDesktop";
  if (/Chrom(e|ium)\//.test(userAgent)) return isPhone ? "chromiumPhone" : "chromiumDesktop";
  if (/Safari\//.test(userAgent)) return "safariDesktop";
  return isPhone ? "chromiumPhone" : "chromiumDesktop";
}
