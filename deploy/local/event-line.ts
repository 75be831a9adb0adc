/** One fact as one readable line. */

export type Heard = { readonly subject: string; readonly text: string; readonly atMs: number };

/** What the subject or the line itself already says. */
const shownElsewhere = new Set(["tenant", "room", "session", "epoch", "seq", "time"]);

/** `17:03:22.114 k3vq2m7y 17 participant.joined endpoint=a1b2c3d4 kind=WEB participants=2` */
export function eventLine({ subject, text, atMs }: Heard): string {
  const body = readBody(text);
  const at = new Date(typeof body.time === "string" ? body.time : atMs);
  const time = Number.isNaN(at.getTime()) ? "??:??:??.???" : localTime(at);
  const { what, where } = describeSubject(subject);
  const seq = typeof body.seq === "string" || typeof body.seq === "number" ? String(body.seq) : "";
  return [time, where.padEnd(8), seq.padStart(4), what.padEnd(27), ...details(body)].join(" ").trimEnd();
}

/** The same as a line of JSON, for other programs. */
export function eventJson({ subject, text, atMs }: Heard): string {
  return JSON.stringify({ subject, heard: new Date(atMs).toISOString(), body: readBody(text) });
}

/** `conference.v1.<tenant>.<room>.<session>.<entity>.<fact>`, `chat.v1.…`, `service.v1.<role>.<instance>.<fact>`, or any other. */
function describeSubject(subject: string): { what: string; where: string } {
  const tokens = subject.split(".");
  if (tokens[0] === "conference") return { what: tokens.slice(5).join("."), where: tokens[3]?.slice(0, 8) ?? "" };
  if (tokens[0] === "chat") return { what: `chat.${tokens[5]}`, where: tokens[3]?.slice(0, 8) ?? "" };
  if (tokens[0] === "service") return { what: `${tokens[2]}.${tokens[4]}`, where: tokens[3]?.slice(0, 8) ?? "" };
  return { what: subject, where: "" };
}

function readBody(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? { ...body } : { text };
  } catch {
    return { text };
  }
}

function details(body: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(body)
    .filter(([key]) => !shownElsewhere.has(key))
    .flatMap(([key, value]) => flatten(key, value));
}

/** The inner name is enough: `participant.endpoint` is shown as `endpoint`. */
function flatten(key: string, value: unknown): string[] {
  if (key === "assignments" && Array.isArray(value)) return [`${key}=${value.map(assignmentText).join(",")}`];
  if (Array.isArray(value)) return [`${key}=${JSON.stringify(value)}`];
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([inner, each]) => flatten(inner, each));
  const text = String(value);
  return [`${key}=${/^[\w.:/+-]+$/.test(text) ? text : JSON.stringify(value)}`];
}

/** Who goes where: `a1b2c3d4>k3vq2m7y`. Both are ids; what is none is quoted. */
function assignmentText(value: unknown): string {
  const { endpoint, room } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const text = `${String(endpoint)}>${String(room).slice(0, 8)}`;
  return /^[\w.>-]+$/.test(text) ? text : JSON.stringify(text);
}

function localTime(at: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const milliseconds = String(at.getMilliseconds()).padStart(3, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${milliseconds}`;
}
