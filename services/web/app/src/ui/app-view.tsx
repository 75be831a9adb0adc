import { effect } from "@preact/signals-core";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
// Teaches components to follow the signals they read.
import "@preact/signals";
import type { App, Page } from "../app-state.ts";
import { language, t } from "../i18n/i18n.ts";
import { CallPage } from "./call-page.tsx";
import { AppProvider } from "./context.ts";
import { DialogHost } from "./dialogs.tsx";
import { KnockPage, WaitingPage } from "./door-pages.tsx";
import { LeftPage, RefusedPage } from "./end-pages.tsx";
import { PrejoinPage } from "./prejoin-page.tsx";
import { WelcomePage } from "./welcome-page.tsx";

const PAGES: Readonly<Record<Page, () => JSX.Element>> = {
  welcome: WelcomePage,
  prejoin: PrejoinPage,
  waiting: WaitingPage,
  knocking: KnockPage,
  call: CallPage,
  refused: RefusedPage,
  left: LeftPage,
};

export function AppView({ app }: { readonly app: App }): JSX.Element {
  useEffect(
    () =>
      effect(() => {
        document.documentElement.lang = language.value;
        document.title = app.place.roomName ? `${app.place.roomName} · Veche` : `Veche · ${t("appTagline")}`;
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
