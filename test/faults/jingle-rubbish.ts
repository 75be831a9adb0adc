/** Jingle of a member that is wrong: for the whole way from the XMPP server to the media worker. */
import type { TestStack } from "../harness/stack.ts";
import { inRoom } from "./insider.ts";
import { deliver, fill, type Sender } from "./sender.ts";
import { someStanzas } from "./stanza-rubbish.ts";
import { jingleStanzas, sessionAcceptStanza } from "./stanza-templates.ts";

const invitationMs = 5_000;
/** Most of the time goes by while the server holds back who sends too much. */
const atOnce = 12;
/** Of one person: wrong answers to the invitation, until one of them is taken; and what follows. */
const turn = { accepts: 10, rest: 10 };

/** People come, answer their invitation wrongly until some answer is taken, go on wrongly, and leave. */
export async function sendJingle(
  stack: TestStack,
  rooms: readonly string[],
  { count, seed }: { readonly count: number; readonly seed: number },
  note: (what: string) => void,
): Promise<void> {
  let [sent, people] = [0, 0];
  const send = async (sender: Sender, stanza: string, kind: string): Promise<string> => {
    sent++;
    return deliver(sender, fill(stanza, sender), (what) => note(`${kind}${what}`));
  };
  const beOne = async (sender: Sender, number: number): Promise<void> => {
    const { someone } = sender;
    await someone.invited(invitationMs);
    const accepts = someStanzas([sessionAcceptStanza], turn.accepts, seed * 100_000 + number * 2);
    const rest = someStanzas(jingleStanzas, turn.rest, seed * 100_000 + number * 2 + 1);
    let isTaken = false;
    while (!isTaken && accepts.length > 0 && someone.ended === "") {
      const [stanza] = accepts.splice(0, 1);
      isTaken = (await send(sender, stanza ?? "", "accept ")) === "result";
    }
    if (!isTaken) await send(sender, sessionAcceptStanza, "right accept ");
    for (const stanza of rest) if (someone.ended === "") await send(sender, stanza, "");
    if (someone.ended !== "") note(`stream ${someone.ended}`);
  };
  const work = async (_: unknown, index: number): Promise<void> => {
    const room = rooms[index % rooms.length] ?? "";
    const other = await inRoom(stack, room);
    while (sent < count) {
      const someone = await inRoom(stack, room);
      await beOne({ someone, room, other }, people++);
      await someone.leave();
    }
    await other.leave();
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
