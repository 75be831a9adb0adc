import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import type { Occupant } from "../../protocol/conference/occupant.ts";
import { ownerOf } from "../../protocol/conference/source-info.ts";
import { MAX_SECRET_CHARACTERS, MIN_SECRET_CHARACTERS, newSecret } from "../../protocol/e2ee/secret.ts";
import { useApp } from "../parts/context.ts";
import { Dialog } from "../parts/dialog.tsx";
import { copyText, meetingLink } from "../people/meeting-link.ts";
import "./e2ee.css";

/** What encryption does and does not do, the secret, and who is left out by it. */
export function E2eeDialog(): JSX.Element {
  const { e2ee } = useApp().call.activities;
  return (
    <Dialog title={t("e2ee.title")}>
      <div class="e2ee" id="e2ee-dialog">
        <p>{t("e2ee.explanation")}</p>
        <p class="hint">{t("e2ee.limits")}</p>
        {!e2ee.isSupported && (
          <p role="alert">
            {t(e2ee.isCodecUnfit ? "e2ee.codec" : isSecureContext ? "e2ee.unsupported" : "e2ee.insecure")}
          </p>
        )}
        {e2ee.isSupported && (
          <>
            {e2ee.isSecretWanted.value && <p role="status">{t("e2ee.wanted")}</p>}
            <SecretForm key={String(e2ee.isOn.value)} />
            {e2ee.isOn.value && <WhileOn />}
          </>
        )}
      </div>
    </Dialog>
  );
}

function SecretForm(): JSX.Element {
  const { e2ee, recording } = useApp().call.activities;
  const isOn = e2ee.isOn.value;
  // Who comes to a meeting that is encrypted already changes nothing for the recording.
  const isRecorded = !recording.isSealed && (recording.file.value ?? recording.stream.value) !== undefined;
  const typed = useSignal(e2ee.secret.peek() ?? (e2ee.isSecretWanted.peek() ? "" : newSecret()));
  const isShort = useSignal(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    isShort.value = !(await e2ee.turnOn(typed.value));
  };
  return (
    <form class="password-form" onSubmit={(event) => void submit(event)}>
      <label for="e2ee-secret">{t("e2ee.secret")}</label>
      <div class="room-line">
        <input
          id="e2ee-secret"
          class="field"
          type="text"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxLength={MAX_SECRET_CHARACTERS}
          aria-describedby="e2ee-secret-hint"
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
        <button class="button" type="button" onClick={() => (typed.value = newSecret())}>
          {t("e2ee.another")}
        </button>
      </div>
      <p id="e2ee-secret-hint" class={isShort.value ? "hint error" : "hint"} role={isShort.value ? "alert" : undefined}>
        {t(isShort.value ? "e2ee.secretShort" : "e2ee.secretHint", { count: MIN_SECRET_CHARACTERS })}
      </p>
      {isRecorded && (
        <p id="e2ee-recorded" role="status">
          {t("e2ee.recorded")}
        </p>
      )}
      <button
        id="e2ee-on"
        class="button primary"
        type="submit"
        disabled={isRecorded || (isOn && typed.value === e2ee.secret.value)}
      >
        {t(isOn ? "e2ee.change" : "e2ee.turnOn")}
      </button>
    </form>
  );
}

function WhileOn(): JSX.Element {
  const app = useApp();
  const { e2ee } = app.call.activities;
  const { occupants } = app.state;
  const encrypting = new Set(e2ee.encrypting.value.map(({ id }) => id));
  const phones = e2ee.unable.value.filter(({ isPhone }) => isPhone);
  const unable = e2ee.unable.value.filter(({ isPhone }) => !isPhone);
  const idle = [...occupants.value.values()].filter(
    ({ id }) => !encrypting.has(id) && !e2ee.unable.value.some((each) => each.id === id),
  );
  const owners = new Set([...e2ee.unreadable.value].map(ownerOf));
  const strange = [...occupants.value.values()].filter(({ id }) => owners.has(id) && encrypting.has(id));
  const link = () => `${meetingLink(app)}#e2eeKey=${encodeURIComponent(JSON.stringify(e2ee.secret.value))}`;
  return (
    <>
      <p role="status">{t("e2ee.isOn")}</p>
      {idle.length > 0 && <p>{t("e2ee.notEncrypting", { names: names(idle) })}</p>}
      {unable.length > 0 && <p>{t("e2ee.unable", { names: names(unable) })}</p>}
      {phones.length > 0 && <p>{t("e2ee.telephones", { names: names(phones) })}</p>}
      {strange.length > 0 && <p>{t("e2ee.unreadable", { names: names(strange) })}</p>}
      <div class="ways">
        <button id="e2ee-copy-link" class="button" type="button" onClick={() => void copyText(app, link())}>
          {t("e2ee.copyLink")}
        </button>
        <button id="e2ee-off" class="button" type="button" onClick={() => e2ee.turnOff()}>
          {t("e2ee.turnOff")}
        </button>
      </div>
    </>
  );
}

function names(people: readonly Occupant[]): string {
  return people.map(({ name }) => nameOrGuest(name)).join(", ");
}
