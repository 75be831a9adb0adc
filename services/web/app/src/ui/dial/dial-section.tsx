import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { nameOrGuest } from "../../i18n/guest.ts";
import { t } from "../../i18n/i18n.ts";
import type { DialProblem } from "../../model/dial/dial.ts";
import type { DialInNumber } from "../../protocol/conference/dial.ts";
import { useApp } from "../parts/context.ts";
import "./dial.css";

const SHOWN_NUMBERS = 3;

/** Telephones, in the dialog by which people are invited; nothing where none is to be had. */
export function DialSection(): JSX.Element | null {
  const { dial } = useApp().call.activities;
  if (!dial.mayCallIn && !dial.mayCallOut) return null;
  return (
    <>
      {dial.mayCallIn && <DialIn />}
      {dial.mayCallOut && <DialOut />}
    </>
  );
}

function DialIn(): JSX.Element {
  const { dial } = useApp().call.activities;
  const [showsAll, setShowsAll] = useState(false);
  useEffect(() => void dial.learnDialIn(), [dial]);
  const known = dial.dialIn.value;
  return (
    <section id="dial-in" class="dial">
      <h3>{t("info.dialInNumber")}</h3>
      {known === undefined || known === "asking" ? (
        <p class="hint" role="status">
          {t("info.asking")}
        </p>
      ) : known === "failed" ? (
        <p class="hint error" role="alert">
          {t("info.dialInSummaryError")}
        </p>
      ) : (
        <>
          <ul>
            {known.numbers.slice(0, showsAll ? undefined : SHOWN_NUMBERS).map((number) => (
              <NumberLine key={number.number} number={number} code={known.code} />
            ))}
          </ul>
          {known.numbers.length > SHOWN_NUMBERS && !showsAll && (
            <button class="button" type="button" onClick={() => setShowsAll(true)}>
              {t("info.moreNumbers")}
            </button>
          )}
          <p>
            {t("info.dialInConferenceID")} <strong id="dial-in-code">{known.code}</strong>
          </p>
        </>
      )}
    </section>
  );
}

function NumberLine({ number, code }: { readonly number: DialInNumber; readonly code: string }): JSX.Element {
  const { number: text, country, isTollFree } = number;
  return (
    <li>
      <a href={`tel:${text.replace(/[^+\d]/g, "")},,${code}%23`} dir="ltr">
        {text}
      </a>{" "}
      {country} {isTollFree && `(${t("info.dialInTollFree")})`}
    </li>
  );
}

function DialOut(): JSX.Element {
  const { dial } = useApp().call.activities;
  const [number, setNumber] = useState("");
  const [problem, setProblem] = useState<DialProblem>();
  const [isBusy, setBusy] = useState(false);
  const call = async (event: Event) => {
    event.preventDefault();
    if (isBusy) return;
    setBusy(true);
    const found = await dial.callOut(number);
    setBusy(false);
    setProblem(found);
    if (!found) setNumber("");
  };
  return (
    <section id="dial-out" class="dial">
      <h3>{t("dialOut.title")}</h3>
      <form class="dial-line" onSubmit={(event) => void call(event)}>
        <input
          id="dial-number"
          class="field"
          type="tel"
          autocomplete="off"
          maxLength={40}
          dir="ltr"
          placeholder="+7 495 123-45-67"
          aria-label={t("inviteDialog.searchCallOnlyPlaceholder")}
          aria-describedby="dial-problem"
          value={number}
          onInput={(event) => setNumber(event.currentTarget.value)}
        />
        <button id="dial" class="button primary" type="submit" disabled={isBusy || number.trim() === ""}>
          {t("dialOut.call")}
        </button>
      </form>
      <p id="dial-problem" class="hint error" role="alert">
        {problem && t(`dialOut.problem.${problem}`)}
      </p>
      <ul aria-live="polite">
        {dial.calls.value.map((each) => (
          <li key={each.id} class="dial-call">
            <span>
              {nameOrGuest(each.name)} <span class="hint">{each.status}</span>
            </span>
            {dial.mayEnd(each) && (
              <button class="button" type="button" onClick={() => void dial.end(each)}>
                {t("dialOut.hangUp")}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
