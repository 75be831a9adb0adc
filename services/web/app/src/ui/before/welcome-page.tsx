import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { language, t } from "../../i18n/i18n.ts";
import { cleanSegment, roomNode, roomPath } from "../../model/url.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { RecentRooms } from "./recent-rooms.tsx";
import { TopBar } from "./top-bar.tsx";
import "./welcome.css";

const MAX_ROOM_NAME_LENGTH = 200;

const typed = signal("");
const invalid = signal(false);
const suggestionSeed = signal(0);

function open(roomName: string): void {
  const name = cleanSegment(roomName);
  invalid.value = roomNode(name) === "";
  if (!invalid.value) location.assign(roomPath({ roomName: name, tenant: "" }) + location.search);
}

export function WelcomePage(): JSX.Element {
  return (
    <div class="page welcome">
      <TopBar />
      <main class="welcome-main">
        <h1>{t("welcomepage.appDescription")}</h1>
        <RoomForm />
        <Suggestion />
        <RecentRooms />
        <LibraryLink />
      </main>
    </div>
  );
}

function LibraryLink(): JSX.Element | null {
  const { config } = useApp();
  if (!config.recordingLibrary) return null;
  return (
    <a id="library-way" class="button quiet" href="/recordings">
      {t("library.yours")}
    </a>
  );
}

function RoomForm(): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // On a phone the keyboard would come up unasked and cover half of the page.
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);
  const submit = (event: Event) => {
    event.preventDefault();
    open(typed.value);
    if (invalid.value) field.current?.focus();
  };
  return (
    <form class="room-form" onSubmit={submit} noValidate>
      <label for="room-name">{t("welcomepage.roomname")}</label>
      <div class="room-line">
        <input
          ref={field}
          id="room-name"
          class="field field-large"
          type="text"
          dir="auto"
          autocomplete="off"
          autocapitalize="sentences"
          enterkeyhint="go"
          spellcheck={false}
          maxLength={MAX_ROOM_NAME_LENGTH}
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

interface SuggestedName {
  readonly given: string;
  /** With spaces between its words. */
  readonly shown: string;
}

function Suggestion(): JSX.Element {
  const spoken = language.value;
  const round = suggestionSeed.value;
  const [name, setName] = useState<SuggestedName>();
  useEffect(() => {
    // The words are many and nobody waits for them.
    import("../../model/welcome/room-name.ts").then(
      ({ randomRoomName, secureBelow, spacedName }) => {
        const given = randomRoomName(spoken, secureBelow);
        setName({ given, shown: spacedName(given) });
      },
      () => setName(undefined),
    );
  }, [spoken, round]);
  return (
    <section class="suggestion" aria-labelledby="suggestion-title">
      <div class="suggestion-words">
        <h2 id="suggestion-title">{t("welcomepage.suggestion")}</h2>
        <p id="suggested-name" class="suggested" aria-live="polite" data-name={name?.given}>
          {name?.shown}
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
        <button
          id="use-suggestion"
          class="button"
          type="button"
          disabled={name === undefined}
          onClick={() => name && open(name.given)}
        >
          {t("welcomepage.startMeeting")}
        </button>
      </div>
    </section>
  );
}
