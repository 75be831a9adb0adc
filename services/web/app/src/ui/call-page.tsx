import { signal } from "@preact/signals-core";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { CaptionsStrip } from "./captions/captions-strip.tsx";
import { Banner } from "./parts/banner.tsx";
import { useApp } from "./parts/context.ts";
import { Notices } from "./parts/notices.tsx";
import { PanelHost } from "./parts/panels.tsx";
import { GroupBadge } from "./people/group-badge.tsx";
import { HangupMenu } from "./people/hangup-menu.tsx";
import { Knockers } from "./people/knockers.tsx";
import { PeopleButton } from "./people/people-button.tsx";
import { FloatingReactions } from "./reactions/floating.tsx";
import { Labels } from "./stage/labels.tsx";
import { MeetingTimer } from "./stage/meeting-timer.tsx";
import { Stage } from "./stage/stage.tsx";
import { listenForKeys } from "./toolbar/keys.ts";
import { Toolbar } from "./toolbar/toolbar.tsx";

const IDLE_MS = 4000;
const idle = signal(false);

export function CallPage(): JSX.Element {
  const app = useApp();
  const { state } = app;
  const { hideSubject, hideTimer, localSubject } = app.config.rules.value;
  useEffect(() => listenForKeys(app), [app]);
  useEffect(watchIdleness, []);
  return (
    <div class={state.panel.value ? "call with-panel" : "call"} data-idle={idle.value}>
      <header class="call-top">
        {hideSubject ? null : <h1 class="room-title">{localSubject || state.subject.value || app.place.roomName}</h1>}
        <GroupBadge />
        {hideTimer ? null : <MeetingTimer />}
        <Labels />
        <PeopleButton />
      </header>
      <Stage />
      <FloatingReactions />
      <CaptionsStrip />
      <PanelHost />
      <Banner />
      <Notices />
      <Knockers />
      <Toolbar />
      <HangupMenu />
    </div>
  );
}

/** The title fades while nothing moves; the toolbar never hides, for whoever works with keys or a reader. */
function watchIdleness(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stir = () => {
    idle.value = false;
    clearTimeout(timer);
    timer = setTimeout(() => {
      idle.value = true;
    }, IDLE_MS);
  };
  stir();
  const events = ["pointermove", "pointerdown", "keydown"] as const;
  for (const name of events) addEventListener(name, stir);
  return () => {
    clearTimeout(timer);
    for (const name of events) removeEventListener(name, stir);
  };
}
