import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";
import { Card } from "./card.tsx";
import { Home } from "./top-bar.tsx";

/** Longer than anybody types, and what the server takes. */
const MAX_PASSWORD_LENGTH = 256;

const password = signal("");

interface PasswordProps {
  readonly isWrong: boolean;
  readonly isBusy: boolean;
}

export function PasswordPage({ isWrong, isBusy }: PasswordProps): JSX.Element {
  return (
    <Card title={t("dialog.passwordRequired")} id="password-page" icon="lock" hasField>
      <PasswordForm isWrong={isWrong} isBusy={isBusy} />
    </Card>
  );
}

function PasswordForm({ isWrong, isBusy }: PasswordProps): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isBusy) return;
    field.current?.focus();
    field.current?.select();
  }, [isBusy]);
  return (
    <form class="password-form" onSubmit={useEnter(isBusy)}>
      <label for="room-password">{t("security.password")}</label>
      <PasswordField field={field} isWrong={isWrong} isBusy={isBusy} isLarge />
      <Wrong isWrong={isWrong} />
      <div class="ways">
        <button class="button primary" type="submit" disabled={isBusy}>
          {t(isBusy ? "connectingOverlay.joiningRoom" : "prejoin.joinMeeting")}
        </button>
        <Home />
      </div>
    </form>
  );
}

/** Who knows the password need not wait to be let in. */
export function PasswordInstead({ isWrong, isBusy }: PasswordProps): JSX.Element {
  return (
    <details id="password-instead" class="instead" open={isWrong}>
      <summary>{t("lobby.joinWithPasswordMessage")}</summary>
      <form class="room-line" onSubmit={useEnter(isBusy)}>
        <PasswordField isWrong={isWrong} isBusy={isBusy} />
        <button class="button" type="submit" disabled={isBusy}>
          {t("prejoin.joinMeeting")}
        </button>
      </form>
      <Wrong isWrong={isWrong} />
    </details>
  );
}

function useEnter(isBusy: boolean): (event: Event) => void {
  const { call } = useApp();
  return (event) => {
    event.preventDefault();
    if (password.value && !isBusy) void call.enterWith(password.value);
  };
}

function PasswordField(
  props: PasswordProps & { readonly isLarge?: boolean; readonly field?: { current: HTMLInputElement | null } },
): JSX.Element {
  const { isWrong, isBusy, isLarge, field } = props;
  return (
    <input
      ref={field}
      id="room-password"
      class={isLarge ? "field field-large" : "field"}
      type="password"
      autocomplete="off"
      maxLength={MAX_PASSWORD_LENGTH}
      aria-label={isLarge ? undefined : t("security.password")}
      aria-invalid={isWrong}
      aria-describedby={isWrong ? "password-wrong" : undefined}
      readOnly={isBusy}
      value={password.value}
      onInput={(event) => {
        password.value = event.currentTarget.value;
      }}
    />
  );
}

function Wrong({ isWrong }: { readonly isWrong: boolean }): JSX.Element | null {
  if (!isWrong) return null;
  return (
    <p id="password-wrong" class="hint error" role="alert">
      {t("dialog.incorrectRoomLockPassword")}
    </p>
  );
}
