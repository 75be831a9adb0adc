import type { JSX } from "preact";
import { Announcer } from "./announcer.tsx";
import { ChatLog } from "./chat-log.tsx";
import { Composer } from "./composer.tsx";
import { TalkPanel } from "./talk-panel.tsx";
import "./chat.css";

export function ChatPanel(): JSX.Element {
  return (
    <TalkPanel name="chat">
      <ChatLog />
      <Announcer />
      <Composer />
    </TalkPanel>
  );
}
