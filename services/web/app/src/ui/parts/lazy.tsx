import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/i18n.ts";
import { useApp } from "./context.ts";

/** A part of the page that is fetched when it is first shown. */
export function lazy(load: () => Promise<() => JSX.Element | null>): () => JSX.Element {
  let loaded: (() => JSX.Element | null) | undefined;
  return function Lazy(): JSX.Element {
    const [hasFailed, setFailed] = useState(false);
    const [, redraw] = useState(0);
    useEffect(() => {
      if (loaded) return;
      load().then(
        (component) => {
          loaded = component;
          redraw(1);
        },
        () => setFailed(true),
      );
    }, []);
    const Loaded = loaded;
    if (Loaded) return <Loaded />;
    return hasFailed ? <NotLoaded /> : <span class="loading" role="status" aria-busy="true" />;
  };
}

/** A server that was upgraded meanwhile has no parts for older pages: only loading all of it anew helps. */
function NotLoaded(): JSX.Element {
  const app = useApp();
  const reload = () => {
    if (app.page.value === "call") app.prepareWayBack();
    location.reload();
  };
  return (
    <div class="not-loaded" role="alert">
      <p>
        <b>{t("shell.notLoadedTitle")}</b> {t("shell.notLoadedText")}
      </p>
      <button class="button" type="button" onClick={reload}>
        {t("shell.tryAgain")}
      </button>
    </div>
  );
}
