import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { type Finding, outcomeOf, STEPS, type StepName, type Verdict } from "../../model/network-check/finding.ts";
import { NetworkCheck } from "../../model/network-check/network-check.ts";
import { reportOf } from "../../model/network-check/report.ts";
import { TopBar } from "../before/top-bar.tsx";
import { useApp } from "../parts/context.ts";
import { openDialog } from "../parts/dialog.tsx";
import { Icon, type IconName } from "../parts/icons.tsx";
import { findingText } from "./texts.ts";
import "./network-check.css";

const SIGNS: Readonly<Record<ReturnType<typeof outcomeOf>, IconName>> = {
  good: "check",
  limited: "alert",
  bad: "close",
  open: "info",
  absent: "info",
};
const VERDICT_SIGNS: Readonly<Record<Verdict["name"], IconName>> = {
  good: "signalHigh",
  limited: "signalMedium",
  none: "wifiOff",
  open: "info",
};

/** "Can this network hold a call?", for whoever sits before it and for whoever runs the server. */
export function NetworkCheckPage(): JSX.Element {
  const { config, state } = useApp();
  const check = useMemo(() => new NetworkCheck(config, state), []);
  useEffect(() => {
    const leave = () => check.close();
    addEventListener("pagehide", leave);
    return () => {
      removeEventListener("pagehide", leave);
      check.close();
    };
  }, [check]);
  const phase = check.phase.value;
  const isRunning = phase === "running";
  return (
    <div class="page">
      <TopBar />
      <main id="network-check" class="network-check" data-phase={phase}>
        <h1>{t("networkCheck.title")}</h1>
        <p>{t("networkCheck.intro")}</p>
        <VerdictPlace check={check} />
        <button
          id="run-check"
          class="button primary large"
          type="button"
          disabled={isRunning}
          onClick={() => void check.run()}
        >
          {isRunning && <span class="spinner" aria-hidden="true" />}
          {t(isRunning ? "networkCheck.running" : phase === "done" ? "networkCheck.again" : "networkCheck.start")}
        </button>
        {phase !== "idle" && <Steps check={check} />}
        {phase === "done" && <Report check={check} />}
      </main>
    </div>
  );
}

/** Always there, so that readers hear what is put into it. */
function VerdictPlace({ check }: { readonly check: NetworkCheck }): JSX.Element {
  const verdict = check.verdict.value;
  const step = check.step.value;
  return (
    <div class="verdict" role="status" data-verdict={verdict?.name} data-reason={verdict?.reason}>
      {verdict ? (
        <>
          <Icon name={VERDICT_SIGNS[verdict.name]} size={30} />
          <div>
            <h2>{t(`networkCheck.verdict.${verdict.name}`)}</h2>
            <p>{t(`networkCheck.reason.${verdict.reason}`)}</p>
          </div>
        </>
      ) : (
        step && <p>{t("networkCheck.looking", { step: t(`networkCheck.step.${step}`) })}</p>
      )}
    </div>
  );
}

function Steps({ check }: { readonly check: NetworkCheck }): JSX.Element {
  return (
    <ol class="check-steps">
      {STEPS.map((step) => (
        <Step key={step} step={step} check={check} />
      ))}
    </ol>
  );
}

function Step({ step, check }: { readonly step: StepName; readonly check: NetworkCheck }): JSX.Element {
  const finding = check.findings.value.get(step);
  const isNow = check.step.value === step;
  const outcome = finding && outcomeOf(finding);
  return (
    <li data-step={step} data-found={finding?.what} data-outcome={outcome ?? (isNow ? "running" : "waiting")}>
      <span class="check-sign">
        {outcome ? <Icon name={SIGNS[outcome]} size={20} /> : isNow && <span class="spinner" aria-hidden="true" />}
      </span>
      <div>
        <h3>
          {t(`networkCheck.step.${step}`)}
          {outcome && <span class="visually-hidden">: {t(`networkCheck.outcome.${outcome}`)}</span>}
        </h3>
        {finding && <p>{findingText(finding)}</p>}
        {finding && (
          <p class="check-detail" lang="en" dir="ltr">
            {finding.detail}
          </p>
        )}
        {finding && <Act finding={finding} check={check} />}
      </div>
    </li>
  );
}

/** What the reader can do on this page. */
function Act({ finding, check }: { readonly finding: Finding; readonly check: NetworkCheck }): JSX.Element | null {
  const { state } = useApp();
  if (check.phase.value !== "done") return null;
  if (finding.step === "devices")
    return (
      <button id="try-devices" class="button" type="button" onClick={() => void check.tryDevices()}>
        {t("networkCheck.tryDevices")}
      </button>
    );
  if (finding.step !== "room" || finding.what !== "signIn") return null;
  if (state.identity.value !== "") return <p>{t("networkCheck.signedIn")}</p>;
  return (
    <button id="check-sign-in" class="button" type="button" onClick={() => openDialog("login")}>
      {t("toolbar.login")}
    </button>
  );
}

function Report({ check }: { readonly check: NetworkCheck }): JSX.Element | null {
  const [isCopied, setCopied] = useState(false);
  const verdict = check.verdict.value;
  if (!verdict) return null;
  const head = { origin: location.origin, browser: navigator.userAgent, at: check.endedAt, verdict };
  const text = reportOf(check.findings.value, head);
  const copy = (field: HTMLTextAreaElement | null) => {
    field?.select();
    // Without a secure context there is no clipboard; the text stands selected.
    void navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      () => {},
    );
  };
  return (
    <section class="check-report">
      <h2>{t("networkCheck.report")}</h2>
      <p class="hint">{t("networkCheck.reportHint")}</p>
      <textarea
        id="check-report"
        class="field"
        aria-label={t("networkCheck.report")}
        rows={8}
        readOnly
        dir="ltr"
        lang="en"
        data-may-scroll
        value={text}
      />
      <button
        id="copy-report"
        class="button"
        type="button"
        onClick={() => copy(document.querySelector<HTMLTextAreaElement>("#check-report"))}
      >
        <Icon name={isCopied ? "check" : "copy"} size={18} />
        {t(isCopied ? "networkCheck.copied" : "networkCheck.copy")}
      </button>
    </section>
  );
}
