import type { JSX } from "preact";
import { nameOrGuest } from "../../i18n/guest.ts";
import { language, t } from "../../i18n/i18n.ts";
import { useApp } from "../parts/context.ts";

/** For everybody or for one of them. */
export function Recipient(): JSX.Element | null {
  const { call, state } = useApp();
  const { chat } = call.activities;
  const chosen = chat.recipient.value;
  const people = [...state.occupants.value.values()]
    .filter(({ isPhone }) => !isPhone)
    .map(({ id, name }) => ({ id, name: nameOrGuest(name) }));
  if ((people.length === 0 && !chosen) || !chat.mayWhisper.value) return null;
  const collator = new Intl.Collator(language.value);
  people.sort((a, b) => collator.compare(a.name, b.name));
  return (
    <label class="recipient">
      <span>{t("chat.recipient")}</span>
      <select
        id="chat-recipient"
        class="field"
        value={chosen?.id ?? ""}
        onChange={(event) => {
          const { value } = event.currentTarget;
          chat.recipient.value = people.find(({ id }) => id === value);
          chat.replyTo.value = undefined;
        }}
      >
        <option value="">{t("chat.everyone")}</option>
        {chosen && chat.isRecipientGone.value && (
          <option value={chosen.id} disabled>
            {nameOrGuest(chosen.name)}
          </option>
        )}
        {people.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
