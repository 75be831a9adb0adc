import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { language, t } from "../../i18n/i18n.ts";
import { roomPath } from "../../model/url.ts";
import { forgetAllVisits, forgetVisit, type RecentRoom, recentRooms } from "../../model/welcome/recent-rooms.ts";
import { Icon } from "../parts/icons.tsx";
import { timeText } from "./duration.ts";

const recent = signal<readonly RecentRoom[]>(recentRooms());

export function RecentRooms(): JSX.Element | null {
  const heading = useRef<HTMLHeadingElement>(null);
  const rooms = recent.value;
  if (rooms.length === 0) return null;
  const change = (act: () => void) => {
    act();
    recent.value = recentRooms();
    // The button that was pressed is gone.
    heading.current?.focus();
  };
  return (
    <section id="recent-rooms" class="recent" aria-labelledby="recent-title">
      <div class="recent-top">
        <h2 id="recent-title" ref={heading} tabIndex={-1}>
          {t("welcomepage.recentMeetings")}
        </h2>
        {rooms.length > 1 && (
          <button id="forget-all" class="button quiet" type="button" onClick={() => change(forgetAllVisits)}>
            {t("welcomepage.forgetAll")}
          </button>
        )}
      </div>
      <ul>
        {rooms.map((room) => (
          <Line key={`${room.tenant}/${room.roomName}`} room={room} forget={() => change(() => forgetVisit(room))} />
        ))}
      </ul>
    </section>
  );
}

interface LineProps {
  readonly room: RecentRoom;
  readonly forget: () => void;
}

function Line({ room, forget }: LineProps): JSX.Element {
  const { roomName, visitedAt, lastedMs = 0 } = room;
  const when = new Intl.DateTimeFormat(language.value, {
    day: "numeric",
    month: "long",
    hour: "2-digit",
    minute: "2-digit",
  });
  const forgetText = t("welcomepage.recentListDelete", { name: roomName });
  return (
    <li>
      <a href={roomPath(room) + location.search}>
        <span class="recent-name" dir="auto">
          {roomName}
        </span>
        <span class="recent-time">{[when.format(visitedAt), timeText(lastedMs)].filter(Boolean).join(" · ")}</span>
      </a>
      <button class="button quiet square" type="button" title={forgetText} aria-label={forgetText} onClick={forget}>
        <Icon name="close" size={18} />
      </button>
    </li>
  );
}
