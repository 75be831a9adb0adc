import { hostname } from "node:os";

/** One thing the operator can say. */
export type Setting<T> = {
  readonly kind: string;
  readonly sentence: string;
  /** Undefined: has to be given. */
  readonly default: T | undefined;
  /** The default as the operator would write it, or what it depends on. */
  readonly defaultText: string | undefined;
  readonly isSecret: boolean;
  /** Other names that are read where its own is not set: docker-jitsi-meet's, or older ones. */
  readonly otherNames: readonly string[];
  /** The value, or what was expected instead. */
  readonly parse: (text: string) => Parsed<T>;
  readonly format: (value: T) => string;
};

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly expected: string };

type Range = { readonly min?: number; readonly max?: number };

function setting<T>(
  given: Pick<Setting<T>, "kind" | "sentence" | "default" | "parse"> & Partial<Setting<T>>,
): Setting<T> {
  const format = given.format ?? String;
  const defaultText = given.defaultText ?? (given.default === undefined ? undefined : format(given.default));
  return { isSecret: false, otherNames: [], ...given, format, defaultText };
}

/** The same setting, also read by other names where its own is not set; of several the first that isn't empty. */
export function alsoNamed<T>(given: Setting<T>, ...names: readonly string[]): Setting<T> {
  return { ...given, otherNames: [...given.otherNames, ...names] };
}

const good = <T>(value: T): Parsed<T> => ({ ok: true, value });
const bad = (expected: string): Parsed<never> => ({ ok: false, expected });

export function text(
  byDefault: string | undefined,
  sentence: string,
  options: { readonly pattern?: RegExp; readonly expected?: string; readonly defaultText?: string } = {},
): Setting<string> {
  const { pattern, expected, defaultText } = options;
  return setting<string>({
    kind: "text",
    sentence,
    default: byDefault,
    ...(defaultText === undefined ? {} : { defaultText }),
    parse: (given) => (pattern && !pattern.test(given) ? bad(expected ?? `text like ${pattern.source}`) : good(given)),
  });
}

export function integer(byDefault: number | undefined, range: Range, sentence: string): Setting<number> {
  const expected = `a whole number${rangeText(range, String)}`;
  return setting<number>({
    kind: "integer",
    sentence,
    default: byDefault,
    parse: (given) =>
      /^-?\d{1,15}$/.test(given) && isWithin(Number(given), range) ? good(Number(given)) : bad(expected),
  });
}

export function number(byDefault: number | undefined, range: Range, sentence: string): Setting<number> {
  const expected = `a number${rangeText(range, String)}`;
  return setting<number>({
    kind: "number",
    sentence,
    default: byDefault,
    parse: (given) =>
      /^-?\d{1,15}(\.\d{1,15})?$/.test(given) && isWithin(Number(given), range) ? good(Number(given)) : bad(expected),
  });
}

/** 0 lets the system choose. */
export function port(byDefault: number | undefined, sentence: string): Setting<number> {
  return { ...integer(byDefault, { min: 0, max: 65535 }, sentence), kind: "port" };
}

export function flag(byDefault: boolean | undefined, sentence: string): Setting<boolean> {
  return setting<boolean>({
    kind: "flag",
    sentence,
    default: byDefault,
    parse: (given) => {
      if (/^(1|true|yes|on)$/i.test(given)) return good(true);
      if (/^(0|false|no|off)$/i.test(given)) return good(false);
      return bad("true or false (1, 0, yes, no, on, off)");
    },
  });
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "250ms", "60s", "10m", "3h", "30d", or 0; the value is in milliseconds. */
export function duration(byDefault: string | undefined, sentence: string, range: Range = {}): Setting<number> {
  const expected = `a time like 250ms, 60s, 10m, 3h or 30d${rangeText(range, formatDuration)}`;
  const parse = (given: string): Parsed<number> => {
    const [, amount, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(given === "0" ? "0ms" : given) ?? [];
    const value = Number(amount) * (unitMs[unit ?? ""] ?? Number.NaN);
    return Number.isFinite(value) && isWithin(value, range) ? good(value) : bad(expected);
  };
  const value = byDefault === undefined ? undefined : parse(byDefault);
  if (value && !value.ok) throw new TypeError(`default "${byDefault}": expected ${value.expected}`);
  return setting<number>({ kind: "duration", sentence, default: value?.value, parse, format: formatDuration });
}

export function formatDuration(ms: number): string {
  const unit = ["d", "h", "m", "s"].find((name) => ms > 0 && ms % (unitMs[name] as number) === 0) ?? "ms";
  return `${ms / (unitMs[unit] as number)}${unit}`;
}

/** Parts between commas; "" is the empty list. */
export function list(byDefault: readonly string[] | undefined, sentence: string): Setting<readonly string[]> {
  return setting<readonly string[]>({
    kind: "list",
    sentence,
    default: byDefault,
    parse: (given) => good(partsOf(given)),
    format: (value) => value.join(","),
  });
}

export function choice<const T extends string>(
  values: readonly T[],
  byDefault: NoInfer<T> | undefined,
  sentence: string,
): Setting<T> {
  return setting<T>({
    kind: values.join(" | "),
    sentence,
    default: byDefault,
    parse: (given) => {
      const value = values.find((one) => one === given);
      return value === undefined ? bad(`one of ${values.join(", ")}`) : good(value);
    },
  });
}

/** May also be given as the content of a file: X_FILE for X. Has to be given unless it has a default. */
export function secret(sentence: string, options: { readonly default?: string } = {}): Setting<string> {
  return setting<string>({ kind: "secret", sentence, default: options.default, isSecret: true, parse: good });
}

/** An absolute URL. Where the default is "", it may be left empty. */
export function url(
  byDefault: string | undefined,
  sentence: string,
  options: { readonly protocols?: readonly string[]; readonly defaultText?: string } = {},
): Setting<string> {
  const { protocols, defaultText } = options;
  const expected = `an absolute URL${protocols ? ` (${protocols.map((name) => `${name}://…`).join(", ")})` : ""}`;
  return setting<string>({
    kind: "url",
    sentence,
    default: byDefault,
    ...(defaultText === undefined ? {} : { defaultText }),
    parse: (given) => {
      if (given === "" && byDefault === "") return good("");
      const parsed = URL.parse(given);
      if (!parsed || (protocols && !protocols.includes(parsed.protocol.slice(0, -1)))) return bad(expected);
      return good(given);
    },
  });
}

/** URLs between commas, as they were given: servers that stand in for each other. */
export function urls(
  byDefault: string,
  sentence: string,
  options: { readonly protocols?: readonly string[] } = {},
): Setting<string> {
  const one = url(undefined, sentence, options);
  return setting<string>({
    kind: "urls",
    sentence,
    default: byDefault,
    parse: (given) => {
      const parts = partsOf(given);
      const faulty = parts.map((part) => one.parse(part)).find((parsed) => !parsed.ok);
      if (parts.length === 0) return one.parse("");
      return faulty ?? good(parts.join(","));
    },
  });
}

/** What stands between commas. */
export function partsOf(given: string): string[] {
  return given
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** What every role understands. */
export const commonSchema = {
  NATS_URL: urls(
    "nats://127.0.0.1:4222",
    "Where NATS listens, tls://… by TLS only; of a cluster all servers, this host's first.",
    {
      protocols: ["nats", "tls"],
    },
  ),
  NATS_CREDS_FILE: text("", "The role's NATS credentials (a creds file); they go before NATS_USER."),
  NATS_CA_FILE: text("", "The authority, in PEM, that NATS' certificate is checked against under tls://…."),
  NATS_USER: text("", "The role's NATS user; empty connects without one.", { defaultText: "(the role's name)" }),
  NATS_PASSWORD: secret("Password of the NATS user.", { default: "" }),
  LOG_LEVEL: choice(
    ["trace", "debug", "info", "warn", "error", "fatal", "silent"],
    "info",
    "The least that is logged.",
  ),
  VECHE_UNIT: text("main", "The signalling unit (nats, xmpp and focus of one host) this process belongs to."),
  VECHE_PASS_SETTINGS: list([], "Names that are none of Veche's and yet no slips; `ENABLE_*` lets all of them pass."),
  VECHE_HOST_ID: text(hostname(), "Names this host: focus and xmpp compare theirs.", {
    defaultText: "(the host's name)",
  }),
};

function isWithin(value: number, { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Range): boolean {
  return value >= min && value <= max;
}

function rangeText({ min, max }: Range, format: (value: number) => string): string {
  if (min !== undefined && max !== undefined) return ` from ${format(min)} to ${format(max)}`;
  if (min !== undefined) return ` ≥ ${format(min)}`;
  return max === undefined ? "" : ` ≤ ${format(max)}`;
}
