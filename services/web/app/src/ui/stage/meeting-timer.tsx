import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { clockText } from "./clock-text.ts";

/** How long the meeting has lasted. It writes its own text: a second that passes draws nothing else again. */
export function MeetingTimer(): JSX.Element | null {
  const { state } = useApp();
  const element = useRef<HTMLTimeElement>(null);
  const { createdAt } = state.roomInfo.value;
  useEffect(() => {
    if (createdAt === undefined) return;
    const show = () => {
      if (element.current) element.current.textContent = clockText(Date.now() - createdAt);
    };
    show();
    const timer = setInterval(show, 1000);
    return () => clearInterval(timer);
  }, [createdAt]);
  if (createdAt === undefined) return null;
  return <time id="meeting-timer" ref={element} class="meeting-timer" title={t("toolbar.meetingTimer")} role="timer" />;
}
