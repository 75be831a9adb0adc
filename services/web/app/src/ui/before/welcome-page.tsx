import { signal } from "@preact/signals-core";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { language, t } from "../../i18n/i18n.ts";
import { cleanSegment, roomNode, roomPath } from "../../model/url.ts";
import { forgetVisit, type RecentRoom, recentRooms } from "../../model/welcome/recent-rooms.ts";
import { randomRoomName, secureBelow, spacedName } from "../../model/welcome/room-name.ts";
import { Icon, Logo } from "../parts/icons.tsx";
import { LanguageSelect } from "./language-select.tsx";

const typed = signal("");
const invalid = signal(false);
const recent = signal<readonly RecentRoom[]>(recentRooms());
const suggestionSeed = signal(0);

function open(roomName: string, tenant = ""): void {
  const name = cleanSegment(roomName);
  invalid.value = roomNode(name) === "";
  if (!invalid.value) location.assign(roomPath({ roomName: name, tenant }) + location.search);
}

export function WelcomePage(): JSX.Element {
  return (
    <div class="page welcome">
      <header class="page-top">
        <span class="brand">
          <Logo /> Veche
        </span>
        <LanguageSelect />
      </header>
      <main class="welcome-main">
        <h1>{t("welcomepage.appDescription")}</h1>
        <RoomForm />
        <Suggestion />
        <RecentRooms />
      </main>
    </div>
  );
}

function RoomForm(): JSX.Element {
  const submit = (event: Event) => {
    event.preventDefault();
    open(typed.value);
  };
  return (
    <form class="room-form" onSubmit={submit} noValidate>
      <label for="room-name">{t("welcomepage.roomname")}</label>
      <div class="room-line">
        <input
          id="room-name"
          class="field field-large"
          type="text"
          autocomplete="off"
          autocapitalize="sentences"
          spellcheck={false}
          maxLength={200}
          placeholder={t("welcomepage.roomnameHint")}
          aria-invalid={invalid.value}
          aria-describedby="room-hint"
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
            invalid.value = false;
          }}
        />
        <button id="go" class="button primary large" type="submit">
          {t("welcomepage.go")}
        </button>
      </div>
      <p id="room-hint" class={invalid.value ? "hint error" : "hint"} role={invalid.value ? "alert" : undefined}>
        {t(invalid.value ? "welcomepage.roomNameInvalid" : "welcomepage.roomNameRule")}
      </p>
    </form>
  );
}

function Suggestion(): JSX.Element {
  const spoken = language.value;
  const round = suggestionSeed.value;
  const name = useMemo(() => randomRoomName(spoken, secureBelow), [spoken, round]);
  return (
    <section class="suggestion" aria-labelledby="suggestion-title">
      <div class="suggestion-words">
        <h2 id="suggestion-title">{t("welcomepage.suggestion")}</h2>
        <p id="suggested-name" class="suggested" aria-live="polite" data-name={name}>
          {spacedName(name)}
        </p>
      </div>
      <div class="suggestion-acts">
        <button
          id="suggest-another"
          class="button quiet square"
          type="button"
          title={t("welcomepage.suggestAnother")}
          aria-label={t("welcomepage.suggestAnother")}
          onClick={() => suggestionSeed.value++}
        >
          <Icon name="refresh" />
        </button>
        <button id="use-suggestion" class="button" type="button" onClick={() => open(name)}>
          {t("welcomepage.startMeeting")}
        </button>
      </div>
    </section>
  );
}

function RecentRooms(): JSX.Element | null {
  if (recent.value.length === 0) return null;
  const forget = (room: RecentRoom) => {
    forgetVisit(room);
    recent.value = recentRooms();
  };
  const when = new Intl.DateTimeFormat(language.value, {
    day: "numeric",
    month: "long",
    hour: "2-digit",
    minute: "2-digit",
  });
  return (
    <section class="recent" aria-labelledby="recent-title">
      <h2 id="recent-title">{t("welcomepage.recentMeetings")}</h2>
      <ul>
        {recent.value.map((room) => (
          <li key={`${room.tenant}/${room.roomName}`}>
            <a href={roomPath(room) + location.search}>
              <span class="recent-name">{room.roomName}</span>
              <span class="recent-time">{when.format(room.visitedAt)}</span>
            </a>
            <button
              class="button quiet square"
              type="button"
              title={t("welcomepage.recentListDelete", { name: room.roomName })}
              aria-label={t("welcomepage.recentListDelete", { name: room.roomName })}
              onClick={() => forget(room)}
            >
              <Icon name="close" size={18} />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
