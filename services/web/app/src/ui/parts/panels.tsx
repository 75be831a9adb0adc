import type { JSX } from "preact";
import type { PanelName } from "../../model/call/state.ts";
import { useApp } from "./context.ts";
import { lazy } from "./lazy.tsx";

/** What stands beside the tiles; each is fetched when it is first opened. */
const PANELS: Readonly<Partial<Record<PanelName, () => JSX.Element>>> = {
  participants: lazy(async () => (await import("../people/participants-pane.tsx")).ParticipantsPane),
  chat: lazy(async () => (await import("../chat/chat-panel.tsx")).ChatPanel),
  polls: lazy(async () => (await import("../polls/polls-panel.tsx")).PollsPanel),
};

export function PanelHost(): JSX.Element | null {
  const name = useApp().state.panel.value;
  const Current = name && PANELS[name];
  return Current ? <Current /> : null;
}
