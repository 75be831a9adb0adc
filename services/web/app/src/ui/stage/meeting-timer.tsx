import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";

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

export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}
