import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import type { TextKey } from "../../i18n/text-key.ts";
import { type Ending, endingOf } from "../../model/call/ending.ts";
import type { JoinProblem, Phase } from "../../model/call/state.ts";
import { CheckLink } from "../network-check/check-link.tsx";
import { useApp } from "../parts/context.ts";
import { openDialog } from "../parts/dialog.tsx";
import type { IconName } from "../parts/icons.tsx";
import { Card } from "./card.tsx";
import { timeText } from "./duration.ts";
import { PasswordPage } from "./password-page.tsx";
import { useSecondsLeft } from "./seconds-left.ts";
import { Home } from "./top-bar.tsx";

interface Goodbye {
  readonly title: TextKey;
  readonly advice: TextKey;
  readonly icon: IconName;
}

const GOODBYES: Readonly<Record<Ending, Goodbye>> = {
  left: { title: "endpage.left", advice: "endpage.leftAdvice", icon: "logOut" },
  kicked: { title: "endpage.kicked", advice: "endpage.kickedAdvice", icon: "personRemove" },
  ended: { title: "endpage.ended", advice: "endpage.endedAdvice", icon: "check" },
  "ended-for-all": { title: "endpage.endedForAll", advice: "endpage.endedAdvice", icon: "check" },
  "time-up": { title: "endpage.timeUp", advice: "endpage.timeUpAdvice", icon: "clock" },
};

type Refused = Extract<Phase, { readonly name: "refused" }>;

interface Refusal {
  readonly title?: TextKey;
  readonly text: TextKey;
  readonly advice: TextKey;
  readonly again?: TextKey;
}

const REFUSALS: Readonly<Record<Exclude<JoinProblem, "password" | "wrong-password" | "full">, Refusal>> = {
  "members-only": { text: "refusal.membersOnly", advice: "refusal.membersOnlyAdvice" },
  rejected: { text: "lobby.rejected", advice: "refusal.rejectedAdvice", again: "refusal.askAgain" },
  "bad-token": { title: "refusal.badToken", text: "refusal.badTokenText", advice: "refusal.badTokenAdvice" },
  "not-allowed": { text: "refusal.notAllowed", advice: "refusal.notAllowedAdvice" },
  "login-needed": { text: "refusal.loginNeeded", advice: "refusal.loginNeededAdvice" },
  refused: { text: "refusal.refused", advice: "refusal.refusedAdvice" },
  other: { text: "refusal.other", advice: "refusal.otherAdvice" },
};

export function LeftPage(): JSX.Element {
  const { config, state, visit } = useApp();
  const phase = state.phase.value;
  const { how, reason } = phase.name === "ended" ? phase : { how: "left" as const, reason: "" };
  const ending = endingOf(how, reason);
  const { title, advice, icon } = GOODBYES[ending];
  const isSkipped = ending === "left" && !config.closePage && config.welcomePage;
  useEffect(() => {
    if (isSkipped) location.replace(config.homeUrl);
  }, [isSkipped, config]);
  const time = timeText(visit.lastedMs.value);
  return (
    <Card title={t(title)} id="left-page" icon={icon}>
      {time && <p class="lasted">{t("endpage.lasted", { time })}</p>}
      {reason && (ending === "kicked" || ending === "ended") && <p>{t("refusal.serverSays", { text: reason })}</p>}
      <p class="hint">{t(advice)}</p>
      <Ways again="dialog.rejoinNow" />
    </Card>
  );
}

export function RefusedPage(): JSX.Element {
  const phase = useApp().state.phase.value;
  if (phase.name === "joining") return <PasswordPage isWrong={false} isBusy />;
  if (phase.name !== "refused") return <Card title={t("dialog.connectError")} id="refused-page" />;
  const { problem } = phase;
  if (problem === "password" || problem === "wrong-password")
    return <PasswordPage isWrong={problem === "wrong-password"} isBusy={false} />;
  if (problem === "full") return <FullPage retryAt={phase.retryAt} />;
  return <SimplyRefused refusal={REFUSALS[problem]} phase={phase} />;
}

function SimplyRefused({ refusal, phase }: { readonly refusal: Refusal; readonly phase: Refused }): JSX.Element {
  const { title = "dialog.connectError", text, advice, again = "deviceError.tryAgain" } = refusal;
  return (
    <Card title={t(title)} id="refused-page" icon="alert">
      <p role="alert" data-problem={phase.problem}>
        {t(text)}
      </p>
      <p>{t(advice)}</p>
      {phase.text && <p class="hint">{t("refusal.serverSays", { text: phase.text })}</p>}
      <Ways again={again} mayLogIn={phase.problem === "login-needed"} mayCheck={phase.problem === "other"} />
    </Card>
  );
}

/** Somebody has to leave first; the call asks by itself. */
function FullPage({ retryAt }: { readonly retryAt: number | undefined }): JSX.Element {
  const { call } = useApp();
  const seconds = useSecondsLeft(retryAt);
  return (
    <Card title={t("refusal.full")} id="refused-page" icon="people">
      <p role="timer" data-problem="full">
        {seconds > 0 ? t("refusal.fullText", { seconds }) : t("refusal.fullNow")}
      </p>
      <div class="ways">
        <button id="ask-now" class="button primary" type="button" onClick={() => call.askNow()}>
          {t("refusal.askNow")}
        </button>
        <Home />
      </div>
    </Card>
  );
}

interface WaysProps {
  readonly again: TextKey;
  readonly mayLogIn?: boolean;
  /** The network may be the reason. */
  readonly mayCheck?: boolean;
}

function Ways({ again, mayLogIn = false, mayCheck = false }: WaysProps): JSX.Element {
  const app = useApp();
  const rejoin = () => {
    app.prepareWayBack();
    location.reload();
  };
  const before = useRef(app.state.identity.peek());
  const hasLoggedIn = mayLogIn && before.current === "" && app.state.identity.value !== "";
  useEffect(() => {
    if (hasLoggedIn) rejoin();
  }, [hasLoggedIn]);
  return (
    <div class="ways">
      <button id="rejoin" class="button primary" type="button" onClick={rejoin}>
        {t(again)}
      </button>
      {mayLogIn && (
        <button id="i-am-host" class="button" type="button" onClick={() => openDialog("login")}>
          {t("toolbar.login")}
        </button>
      )}
      {mayCheck && <CheckLink />}
      <Home />
    </div>
  );
}
