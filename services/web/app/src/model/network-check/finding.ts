/** In the order in which they are looked at. */
export const STEPS = [
  "page",
  "clock",
  "websocket",
  "bosh",
  "room",
  "udp",
  "tcp",
  "turn",
  "channel",
  "quality",
  "devices",
] as const;
export type StepName = (typeof STEPS)[number];

/** The three ways of sound and picture to the bridge. */
export type WayName = "udp" | "tcp" | "turn";
export const WAYS: readonly WayName[] = ["udp", "tcp", "turn"];

/** `open` is what could not be found out, `absent` what this server does not have. */
export type Outcome = "good" | "limited" | "bad" | "open" | "absent";

/** By step, what may be found; texts are `networkCheck.found.<step>.<what>`. */
export interface Found {
  readonly page: "good" | "insecure" | "noWebRtc" | "framed";
  readonly clock: "good" | "off" | "unknown";
  readonly websocket: "good" | "slow" | "blocked" | "absent";
  readonly bosh: "good" | "blocked";
  readonly room: "good" | "signIn" | "busy" | "noBridge" | "unreachable";
  readonly udp: "good" | "blocked" | "absent" | "untried";
  readonly tcp: "good" | "blocked" | "absent" | "untried";
  readonly turn: "good" | "blocked" | "absent" | "untried";
  readonly channel: "good" | "blocked" | "untried";
  readonly quality: "good" | "lossUp" | "lossDown" | "delay" | "narrow" | "silent" | "untried";
  readonly devices: "good" | "noCamera" | "noMicrophone" | "none" | "refused" | "unknown";
}

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  good: "good",
  absent: "absent",
  untried: "open",
  unknown: "open",
  signIn: "open",
  busy: "open",
  slow: "limited",
  framed: "limited",
  off: "limited",
  insecure: "limited",
  lossUp: "limited",
  lossDown: "limited",
  delay: "limited",
  narrow: "limited",
  noCamera: "limited",
  noMicrophone: "limited",
  none: "limited",
  refused: "limited",
};

export type Finding = {
  readonly [S in StepName]: {
    readonly step: S;
    readonly what: Found[S];
    /** Of the text. */
    readonly values: Readonly<Record<string, string | number>>;
    /** One line for whoever runs the server, in English. */
    readonly detail: string;
  };
}[StepName];

export type Findings = ReadonlyMap<StepName, Finding>;

/** What is neither fine nor in doubt nor a nuisance stops something. */
export function outcomeOf({ what }: Pick<Finding, "what">): Outcome {
  return OUTCOMES[what] ?? "bad";
}

export type VerdictName = "good" | "limited" | "none" | "open";
export type VerdictReason =
  | "all"
  | "tcpOnly"
  | "relayOnly"
  | "noWebSocket"
  | "listed"
  | "noServer"
  | "noMedia"
  | "noWebRtc"
  | "untried";

export interface Verdict {
  readonly name: VerdictName;
  readonly reason: VerdictReason;
}

/** Can this network hold a call? A way in reserve that is closed is no reason to worry while the first one is open. */
export function verdictOf(findings: Findings): Verdict {
  const is = (step: StepName, what: string) => findings.get(step)?.what === what;
  if (is("page", "noWebRtc")) return { name: "none", reason: "noWebRtc" };
  if (!isGood(findings, "websocket") && !is("websocket", "slow") && !isGood(findings, "bosh"))
    return { name: "none", reason: "noServer" };
  if (is("room", "noBridge") || is("room", "unreachable")) return { name: "none", reason: "noMedia" };
  if (!isGood(findings, "room")) return { name: "open", reason: "untried" };
  if (!WAYS.some((way) => isGood(findings, way))) return { name: "none", reason: "noMedia" };
  if (!isGood(findings, "udp")) return { name: "limited", reason: isGood(findings, "tcp") ? "tcpOnly" : "relayOnly" };
  if (is("websocket", "blocked")) return { name: "limited", reason: "noWebSocket" };
  const essential: readonly StepName[] = ["page", "websocket", "channel", "quality", "devices"];
  const isFine = essential.every((step) => {
    const finding = findings.get(step);
    return finding === undefined || ["good", "open", "absent"].includes(outcomeOf(finding));
  });
  return isFine ? { name: "good", reason: "all" } : { name: "limited", reason: "listed" };
}

function isGood(findings: Findings, step: StepName): boolean {
  return findings.get(step)?.what === "good";
}
