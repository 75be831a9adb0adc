import { refOf, type Turn } from "./turn.ts";

/** What somebody wrote; the text is empty unless the operator keeps chats. */
export type Message = {
  readonly endpoint: string;
  readonly isPrivate: boolean;
  /** Id of the stanza. */
  readonly message: string;
  readonly text: string;
  /** Endpoint of the receiver of a private message. */
  readonly to: string;
};

export function noteMessage(turn: Turn, { endpoint, isPrivate, message, text, to }: Message): void {
  const { totals, startedMs } = turn.state;
  turn.change({ totals: { ...totals, messages: totals.messages + 1 } });
  const member = turn.member(endpoint);
  if (text === "" || startedMs === 0 || !member || member.hidden) return;
  const participant = refOf(member);
  turn.do({ type: "keep-chat", chat: { participant, isPrivate, message, text, to, timeMs: turn.now } });
}
