import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { PanelName } from "../../model/call/state.ts";
import { useApp } from "./context.ts";
import { lazy } from "./lazy.tsx";

/** What stands beside the tiles; each is fetched when it is first opened. */
const PANELS: Readonly<Partial<Record<PanelName, () => JSX.Element>>> = {
  chat: lazy(async () => (await import("../chat/chat-panel.tsx")).ChatPanel),
  participants: lazy(async () => (await import("../people/participants-pane.tsx")).ParticipantsPane),
  polls: lazy(async () => (await import("../polls/polls-panel.tsx")).PollsPanel),
};

export function PanelHost(): JSX.Element | null {
  const name = useApp().state.panel.value;
  useFocusGivenBack(name !== undefined);
  const Current = name && PANELS[name];
  return Current ? <Current /> : null;
}

/** Whoever opened a panel by keyboard goes on where they were when it closes under their focus. */
function useFocusGivenBack(isOpen: boolean): void {
  const opener = useRef<Element | null>(null);
  // Before the panel is there, and takes the focus.
  if (isOpen) opener.current ??= document.activeElement;
  useEffect(() => {
    if (!isOpen) return;
    return () => {
      const { activeElement, body } = document;
      if ((activeElement === null || activeElement === body) && opener.current instanceof HTMLElement)
        opener.current.focus();
      opener.current = null;
    };
  }, [isOpen]);
}
