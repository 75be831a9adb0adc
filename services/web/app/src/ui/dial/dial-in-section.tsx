import type { JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { language, t } from "../../i18n/i18n.ts";
import type { DialInNumber } from "../../protocol/conference/dial.ts";
import { useApp } from "../parts/context.ts";
import { FIRST_NUMBERS, noteOf, readableCode, telephoneLink } from "./dial-in-text.ts";
import "./dial.css";

/** The numbers by which one calls in, and the meeting's code; nothing where there are none. */
export function DialInSection(): JSX.Element | null {
  const { dialIn } = useApp().call.activities;
  const [showsAll, setShowsAll] = useState(false);
  const list = useId();
  useEffect(() => void dialIn.learn(), [dialIn]);
  const way = dialIn.way.value;
  if (!way) return dialIn.isAsking.value ? <Asking /> : null;
  const { numbers, code } = way;
  const rest = numbers.length - FIRST_NUMBERS;
  return (
    <section id="dial-in" class="dial" aria-labelledby="dial-in-heading">
      <h3 id="dial-in-heading">{t("info.dialInNumber")}</h3>
      <p class="hint">{t("info.dialInHow")}</p>
      <ul id={list}>
        {numbers.slice(0, showsAll ? undefined : FIRST_NUMBERS).map((number) => (
          <NumberLine key={number.number} number={number} code={code} />
        ))}
      </ul>
      {rest > 0 && !showsAll && (
        <button
          id="more-numbers"
          class="button"
          type="button"
          aria-expanded={false}
          aria-controls={list}
          onClick={() => setShowsAll(true)}
        >
          {t("info.moreNumbers", { rest })}
        </button>
      )}
      <p class="dial-code">
        {t("info.dialInConferenceID")}{" "}
        <strong id="dial-in-code" dir="ltr">
          {readableCode(code)}
        </strong>
      </p>
    </section>
  );
}

/** Said only where the answer takes its time. */
function Asking(): JSX.Element {
  return (
    <p class="hint dial-asking" role="status">
      {t("info.asking")}
    </p>
  );
}

function NumberLine({ number, code }: { readonly number: DialInNumber; readonly code: string }): JSX.Element {
  return (
    <li>
      <a href={telephoneLink(number, code)} dir="ltr">
        {number.number}
      </a>{" "}
      <span class="hint">{noteOf(number, language.value)}</span>
    </li>
  );
}
