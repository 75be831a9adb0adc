import { t } from "../../i18n/i18n.ts";
import type { ChatLine } from "../chat/lines.ts";
import type { Embedder } from "./embedder.ts";
import { onChange } from "./watch.ts";

/** Chat, panels and the lines that pass by. */
export function tellTalkEvents({ app, tell }: Embedder): void {
  const { state, call } = app;
  const { chat, overheard } = call.activities;
  onChange(
    () => chat.incoming.value,
    (line) => {
      if (line?.kind !== "message") return;
      const { from, name: nick, text: message, isPrivate: privateMessage, sentAt } = line;
      tell("incoming-message", { from, nick, message, privateMessage, stamp: new Date(sentAt).toISOString() });
    },
  );
  onChange(
    () => chat.lines.value,
    (now, last) => {
      for (const { text: message, isPrivate: privateMessage } of newOwnLines(now, last))
        tell("outgoing-message", { message, privateMessage });
    },
  );
  onChange(
    () => `${chat.unread.value} ${state.chatOpen.value}`,
    () => tell("chat-updated", { unreadCount: chat.unread.value, isOpen: state.chatOpen.value }),
  );
  onChange(
    () => state.panel.value === "participants",
    (open) => tell("participants-pane-toggled", { open }),
  );
  let lastNotice = 0;
  onChange(
    () => state.notices.list.value,
    (list) => {
      for (const { id, text, values } of list.filter((notice) => notice.id > lastNotice)) {
        lastNotice = id;
        tell("notification-triggered", { title: t(text, values), description: "" });
      }
    },
  );
  overheard.events = {
    endpointText: (id, eventData) => {
      const jid = `${state.roomJid.value}/${id}`;
      tell("endpoint-text-message-received", { data: { senderInfo: { jid, id }, eventData } });
    },
    outsider: (id, message) => tell("non-participant-message-received", { id, message }),
  };
}

/** Own lines change while they are on their way; each is told of once. */
function newOwnLines(now: readonly ChatLine[], last: readonly ChatLine[]): readonly ChatLine[] {
  if (now.length <= last.length) return [];
  const known = new Set(last.map(({ key }) => key));
  return now.filter(({ key, isOwn, delivery }) => isOwn && delivery === "sending" && !known.has(key));
}
