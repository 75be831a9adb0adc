const colours: Record<string, string> = {
  trace: "\x1b[2m",
  debug: "\x1b[2m",
  info: "\x1b[36m",
  warn: "\x1b[33m",
  error: "\x1b[31m",
  fatal: "\x1b[41;97m",
};
const reset = "\x1b[0m";

/** One JSON line of the log as a line for people: `08:15:30.120 info focus room opened room=k3vq2m7yd5t4c6xw2a9b`. */
export function formatLine(line: string, withColour = false): string {
  const entry = parseLine(line);
  if (!entry) return line;
  const { time, level, role, msg, err, error, ...fields } = entry;
  const colour = withColour ? (colours[String(level)] ?? "") : "";
  const head = `${String(time ?? "").slice(11, 23)} ${colour}${String(level).padEnd(5)}${colour && reset} ${role ?? ""}`;
  const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${formatValue(value)}`);
  const fault = err ?? error;
  return `${head} ${msg ?? ""}${rest.join("")}${fault === undefined ? "" : formatFault(fault)}\n`;
}

function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function formatValue(value: unknown): string {
  if (typeof value === "string") return /^[^\s="]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? "";
}

function formatFault(fault: unknown): string {
  if (typeof fault !== "object" || fault === null) return ` err=${formatValue(fault)}`;
  const { stack, message } = fault as { stack?: unknown; message?: unknown };
  return `\n    ${String(stack || message || JSON.stringify(fault)).replaceAll("\n", "\n    ")}`;
}
