/** Somebody without a browser who opens a room, and so may record it: what clients ask of the focus, to the letter. */
import { setTimeout as pause } from "node:timers/promises";
import { mucDomain, WireClient } from "../wire-client.ts";

export type RecordingWish = {
  readonly mode: "file" | "stream";
  readonly streamId?: string;
  readonly capture?: "composite" | "tracks" | "audio";
  readonly layout?: "speaker" | "grid" | "screen";
};

export type RecordingStatus = {
  readonly id: string;
  readonly status: string;
  readonly failure: string | undefined;
  readonly place: number;
};

const startsWithinMs = 40_000;
const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (found) => escapes[found] ?? found);

export class Moderator implements Disposable {
  readonly client: WireClient;
  readonly #focus: string;

  private constructor(client: WireClient, room: string) {
    this.client = client;
    this.#focus = `${room}@${mucDomain}/focus`;
  }

  /** Rooms are by their addresses: in lower case. */
  static async open(httpOrigin: string, room: string): Promise<Moderator> {
    const moderator = await Moderator.guest(httpOrigin, room);
    const { client } = moderator;
    // Who opens a room has no role until the focus gives it.
    const own = `<presence[^>]*/${client.nick}["'](?:(?!</presence>).)*role=["']moderator["']`;
    await client.heard(new RegExp(own, "s"), 10_000);
    return moderator;
  }

  /** Somebody who comes into a room that is open, and asks all the same. */
  static async guest(httpOrigin: string, room: string): Promise<Moderator> {
    const client = await WireClient.connect(httpOrigin, room);
    await client.signIn();
    await client.join(room);
    return new Moderator(client, room);
  }

  /** What the focus answers, as it is. */
  start({ mode, streamId, capture = "composite", layout = "speaker" }: RecordingWish): Promise<string> {
    const data = JSON.stringify({ veche: { mode: capture, layout } });
    const stream = streamId === undefined ? "" : ` streamid="${escaped(streamId)}"`;
    return this.#control(`action="start" recording_mode="${mode}"${stream} app_data="${escaped(data)}"`);
  }

  stop(id: string, mode: RecordingWish["mode"] = "file"): Promise<string> {
    return this.#control(`action="stop" recording_mode="${mode}" session_id="${id}"`);
  }

  /** Of each, the last that was heard in the presence of the focus. */
  statuses(): ReadonlyMap<string, RecordingStatus> {
    const found = new Map<string, RecordingStatus>();
    for (const frame of this.client.received)
      for (const [, attributes = ""] of frame.matchAll(/<jibri-recording-status\b([^>]*)>/g)) {
        const of = (name: string) => new RegExp(`\\b${name}=["']([^"']*)["']`).exec(attributes)?.[1];
        const id = of("session_id") ?? "";
        found.set(id, {
          id,
          status: of("status") ?? "",
          failure: of("failure_reason"),
          place: Number(of("queue_position") ?? 0),
        });
      }
    return found;
  }

  /** Starts, and resolves with its id and how long it took once it is on. Rejects where it is refused or ends. */
  async run(wish: RecordingWish): Promise<{ readonly id: string; readonly startedMs: number }> {
    const askedAt = performance.now();
    const answer = await this.start(wish);
    const id = sessionOf(answer);
    while (this.statuses().get(id)?.status !== "on") {
      const { status, failure } = this.statuses().get(id) ?? {};
      if (status === "off" || performance.now() - askedAt > startsWithinMs)
        throw new Error(`expected ${id} to be on, found ${status} ${failure}`);
      await pause(20);
    }
    return { id, startedMs: performance.now() - askedAt };
  }

  #control(attributes: string): Promise<string> {
    return this.client.ask(`<jibri xmlns="http://jitsi.org/protocol/jibri" ${attributes}/>`, this.#focus);
  }

  [Symbol.dispose](): void {
    this.client[Symbol.dispose]();
  }
}

/** Throws what was refused. */
export function sessionOf(answer: string): string {
  const [, id] = /<jibri\b[^>]*\bsession_id=["']([^"']+)["']/.exec(answer) ?? [];
  if (id === undefined) throw new Error(`expected a session, found ${answer}`);
  return id;
}

/** The condition of an error, or undefined. */
export function refusalOf(answer: string): string | undefined {
  return /<error\b[^>]*>\s*<([\w-]+)\b[^>]*urn:ietf:params:xml:ns:xmpp-stanzas/.exec(answer)?.[1];
}
