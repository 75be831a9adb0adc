/** Somebody who sends stanzas that are wrong, made of templates. */
import { assertDefined, type Someone } from "./someone.ts";

/** One person's part. */
export type Sender = { readonly someone: Someone; readonly room: string; readonly other: Someone };

const ssrcs = new WeakMap<Someone, number>();
let people = 0;

/** No two have the same. */
function ssrcOf(someone: Someone): number {
  const ssrc = ssrcs.get(someone) ?? 10_000 + ++people;
  ssrcs.set(someone, ssrc);
  return ssrc;
}

export function fill(text: string, { someone, room, other }: Sender): string {
  const values: Readonly<Record<string, string>> = {
    id: someone.nextId(),
    room,
    lobby: room.replace("@muc.", "@lobby."),
    me: someone.jid,
    nick: someone.nick,
    other: other.nick,
    otherJid: other.jid,
    sid: someone.sid || "nosid",
    theirSid: other.sid || "nosid",
    ssrc: String(ssrcOf(someone)),
  };
  return text.replace(/\{([a-zA-Z]+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** Of an IQ that is to be answered. The server's bounds are narrower than any parser's, so the text is looked at. */
function idOfQuestion(text: string): string | undefined {
  const [, head] = /^<iq((?:\s[^\s=]+="[^"]*")*)>/.exec(text) ?? [];
  if (head === undefined || / type="(result|error)"/.test(head)) return undefined;
  return / id="([^"]*)"/.exec(head)?.[1];
}

/** Sends it and waits until the server has dealt with it. Each answer is a defined one, and is noted. */
export async function deliver({ someone }: Sender, text: string, note: (what: string) => void): Promise<string> {
  const id = idOfQuestion(text);
  let told = "";
  if (id === undefined) {
    someone.send(text);
    await someone.ping();
  } else {
    const answer = await someone.answered(text, id);
    if (answer) {
      told = assertDefined(answer, `${text.slice(0, 1_500)} → ${answer}`);
      note(told);
    }
  }
  for (const heard of someone.heard.splice(0)) {
    if (heard.attrs.type === "error")
      note(`${heard.name} ${assertDefined(heard, `${text.slice(0, 1_500)} → ${heard}`)}`);
  }
  return told;
}
