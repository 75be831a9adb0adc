import { effect } from "@preact/signals-core";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
// Teaches components to follow the signals they read.
import "@preact/signals";
import { LANGUAGES, language, t } from "../i18n/i18n.ts";
import type { App, Page } from "../model/app.ts";
import { isLibrary } from "../model/library/address.ts";
import { isNetworkCheck } from "../model/network-check/address.ts";
import { KnockPage, WaitingPage } from "./before/door-pages.tsx";
import { LeftPage, RefusedPage } from "./before/end-pages.tsx";
import { PrejoinPage } from "./before/prejoin-page.tsx";
import { WelcomePage } from "./before/welcome-page.tsx";
import { DialogHost } from "./dialogs.tsx";
import { callPage } from "./load-call-page.ts";
import { AppProvider } from "./parts/context.ts";
import { lazy } from "./parts/lazy.tsx";

const PAGES: Readonly<Record<Page, () => JSX.Element>> = {
  welcome: WelcomePage,
  library: lazy(async () => (await import("./library/library-page.tsx")).LibraryPage),
  "network-check": lazy(async () => (await import("./network-check/network-check-page.tsx")).NetworkCheckPage),
  prejoin: PrejoinPage,
  waiting: WaitingPage,
  knocking: KnockPage,
  call: lazy(callPage),
  refused: RefusedPage,
  left: LeftPage,
};

export function AppView({ app }: { readonly app: App }): JSX.Element {
  useEffect(
    () =>
      effect(() => {
        document.documentElement.lang = language.value;
        document.documentElement.dir = LANGUAGES[language.value].direction;
        const unread = app.call.activities.chat.unread.value + app.call.activities.polls.unread.value;
        document.title = isLibrary(app.place)
          ? `${t("library.title")} · Veche`
          : isNetworkCheck(app.place)
            ? `${t("networkCheck.title")} · Veche`
            : app.place.roomName
              ? `${unread > 0 ? `(${unread}) ` : ""}${app.place.roomName} · Veche`
              : `Veche · ${t("welcomepage.appDescription")}`;
        document.documentElement.dataset.page = app.page.value;
      }),
    [app],
  );
  const Current = PAGES[app.page.value];
  return (
    <AppProvider value={app}>
      <Current />
      <DialogHost />
    </AppProvider>
  );
}
