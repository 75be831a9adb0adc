import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import type { PhoneCall } from "../../model/dial/dial.ts";
import type { DialProblem } from "../../model/dial/problem.ts";
import { useApp } from "../parts/context.ts";
import { Icon } from "../parts/icons.tsx";
import { callText } from "./call-text.ts";
import "./dial.css";

/** Longer than any number in any writing, and than the SIP address of a telephone. */
const MAX_CHARACTERS = 160;

/** A telephone is called into the meeting; nothing where no gateway runs, or not for us. */
export function DialOutSection(): JSX.Element | null {
  const { dial } = useApp().call.activities;
  if (!dial.isOffered) return null;
  return (
    <section id="dial-out" class="dial" aria-labelledby="dial-out-heading">
      <h3 id="dial-out-heading">{t("dialOut.title")}</h3>
      {dial.isSealed ? <p role="status">{t("dialOut.problem.encrypted")}</p> : <Keypad />}
      <Calls />
    </section>
  );
}

function Keypad(): JSX.Element {
  const { dial } = useApp().call.activities;
  const [number, setNumber] = useState("");
  const [problem, setProblem] = useState<DialProblem>();
  const [isBusy, setBusy] = useState(false);
  const call = async (event: Event) => {
    event.preventDefault();
    if (isBusy || number.trim() === "") return;
    setBusy(true);
    setProblem(undefined);
    const found = await dial.callOut(number);
    setBusy(false);
    setProblem(found);
    if (!found) setNumber("");
  };
  return (
    <>
      <form class="dial-line" onSubmit={(event) => void call(event)}>
        <input
          id="dial-number"
          class="field"
          type="tel"
          autocomplete="off"
          maxLength={MAX_CHARACTERS}
          dir="ltr"
          placeholder="+7 495 123-45-67"
          aria-label={t("inviteDialog.searchCallOnlyPlaceholder")}
          aria-describedby="dial-problem dial-hint"
          aria-invalid={problem === "noNumber" || problem === "forbiddenNumber"}
          value={number}
          onInput={(event) => {
            setNumber(event.currentTarget.value);
            setProblem(undefined);
          }}
        />
        <button id="dial" class="button primary" type="submit" disabled={number.trim() === ""}>
          <Icon name="phone" size={18} /> {t(isBusy ? "dialOut.calling" : "dialOut.call")}
        </button>
      </form>
      <p id="dial-problem" class="hint error" role="alert">
        {problem && t(`dialOut.problem.${problem}`)}
      </p>
      <p id="dial-hint" class="hint">
        {t("dialOut.hint")}
      </p>
    </>
  );
}

/** Readers announce what becomes of a call. */
function Calls(): JSX.Element {
  const { dial } = useApp().call.activities;
  return (
    <ul class="dial-calls" aria-label={t("dialOut.calls")} aria-live="polite">
      {dial.calls.value.map((call) => (
        <CallLine key={call.id} call={call} />
      ))}
    </ul>
  );
}

function CallLine({ call }: { readonly call: PhoneCall }): JSX.Element {
  const { call: meeting, config, state } = useApp();
  const name = nameOrGuest(call.name);
  const mayEnd = call.isOurs || (state.isModerator.value && !config.rules.value.disableKick);
  return (
    <li class="dial-call" data-call={call.id}>
      <span class="dial-who">
        <span dir="auto">{name}</span> <span class="hint">{callText(call.status)}</span>
      </span>
      {mayEnd && (
        <button
          class="button"
          type="button"
          aria-label={t("dialOut.hangUpOf", { name })}
          onClick={() => void meeting.activities.dial.end(call)}
        >
          <Icon name="hangup" size={18} /> {t("dialOut.hangUp")}
        </button>
      )}
    </li>
  );
}
