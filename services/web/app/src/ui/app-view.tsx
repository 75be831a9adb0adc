import { effect } from "@preact/signals-core";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
// Teaches components to follow the signals they read.
import "@preact/signals";
import { language, t } from "../i18n/i18n.ts";
import type { App, Page } from "../model/app.ts";
import { KnockPage, WaitingPage } from "./before/door-pages.tsx";
import { LeftPage, RefusedPage } from "./before/end-pages.tsx";
import { PrejoinPage } from "./before/prejoin-page.tsx";
import { WelcomePage } from "./before/welcome-page.tsx";
import { CallPage } from "./call-page.tsx";
import { DialogHost } from "./dialogs.tsx";
import { AppProvider } from "./parts/context.ts";

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
        document.title = app.place.roomName
          ? `${app.place.roomName} · Veche`
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
