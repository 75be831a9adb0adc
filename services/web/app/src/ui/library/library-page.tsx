import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { RecordingLibrary } from "../../model/library/library.ts";
import { TopBar } from "../before/top-bar.tsx";
import { RecordingItem } from "./recording-item.tsx";
import { SignInForm } from "./sign-in-form.tsx";
import "./library.css";

/** What was recorded: a list of one's own, or the one recording that a link opens. */
export function LibraryPage(): JSX.Element {
  const library = useMemo(() => new RecordingLibrary(location.search, location.hash), []);
  useEffect(() => void library.open(), [library]);
  const { phase, problem } = library;
  return (
    <div class="page">
      <TopBar />
      <main id="library" class="library" data-phase={phase.value}>
        <h1 tabIndex={-1}>{t(library.opened.by === "account" ? "library.yours" : "library.title")}</h1>
        <p class="hint error" role="alert" data-problem={problem.value}>
          {problem.value && t(`library.problem.${problem.value}`)}
        </p>
        <Content library={library} />
      </main>
    </div>
  );
}

function Content({ library }: { readonly library: RecordingLibrary }): JSX.Element {
  const isOne = library.opened.by !== "account";
  switch (library.phase.value) {
    case "loading":
      return <p role="status">{t("library.loading")}</p>;
    case "closed":
      return (
        <section id="library-closed">
          <h2>{t("library.closedTitle")}</h2>
          <p>{t("library.closedText")}</p>
        </section>
      );
    case "signed-out":
      return <SignInForm library={library} />;
    case "ready":
      return (
        <>
          {!isOne && <Account library={library} />}
          <List library={library} isOpen={isOne} />
        </>
      );
  }
}

function Account({ library }: { readonly library: RecordingLibrary }): JSX.Element {
  const name = library.user.value;
  if (name === "") return <SignInForm library={library} />;
  return (
    <p class="account">
      <span>{t("login.signedInAs", { name })}</span>
      <button id="library-sign-out" class="button quiet" type="button" onClick={() => void library.signOut()}>
        {t("toolbar.logout")}
      </button>
    </p>
  );
}

function List({
  library,
  isOpen,
}: {
  readonly library: RecordingLibrary;
  readonly isOpen: boolean;
}): JSX.Element | null {
  const found = library.recordings.value;
  if (found.length === 0) {
    if (library.problem.value) return null;
    return (
      <section id="library-empty">
        <h2>{t("library.none")}</h2>
        <p>{t("library.noneHint")}</p>
      </section>
    );
  }
  return (
    <>
      <ul class="library-list">
        {found.map((kept) => (
          <RecordingItem key={kept.id} kept={kept} library={library} startsOpen={isOpen} />
        ))}
      </ul>
      {library.next.value !== "" && (
        <button id="library-more" class="button" type="button" onClick={() => void library.load(true)}>
          {t("library.more")}
        </button>
      )}
    </>
  );
}
