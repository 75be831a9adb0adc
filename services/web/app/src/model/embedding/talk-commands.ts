import { textOf } from "./arguments.ts";
import type { Command } from "./embedder.ts";
import { ENDPOINT_TEXT } from "./overheard.ts";

export const TALK_COMMANDS: Readonly<Record<string, Command>> = {
  "toggle-chat": ({ app: { state } }) => state.togglePanel("chat"),
  "send-chat-message": ({ app, complain }, text, to) => {
    const { chat } = app.call.activities;
    if (!to) chat.recipient.value = undefined;
    const problem = to ? chat.sendTo(textOf(to), textOf(text)) : chat.send(textOf(text));
    if (problem) complain(`send-chat-message: ${problem}`);
  },
  "initiate-private-chat": ({ app }, id) => app.call.activities.chat.openPrivate(textOf(id)),
  "cancel-private-chat": ({ app }) => {
    app.call.activities.chat.recipient.value = undefined;
  },
  "send-endpoint-text-message": ({ app, complain }, to, text) => {
    const isSent = app.call.link.sendToEndpoint(textOf(to), { name: ENDPOINT_TEXT, text: textOf(text) });
    if (!isSent) complain("send-endpoint-text-message: no way to the others just now");
  },
  "send-camera-facing-mode-message": ({ app }, to, facingMode) => {
    if (to) app.call.link.sendToEndpoint(textOf(to), { name: "camera-facing-mode-message", facingMode });
  },
};
