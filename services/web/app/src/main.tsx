import { render } from "preact";
import { chooseLanguage, speak } from "./i18n/i18n.ts";
import { App } from "./model/app.ts";
import { type AppConfig, readConfig } from "./model/config.ts";
import { debugWindow } from "./model/debug.ts";
import { canRemember, keepWithHost, remembered } from "./model/remembered.ts";
import { hashOverrides, type Place, placeOf, roomNode } from "./model/url.ts";
import { wayOn } from "./model/welcome/way-on.ts";
import { AppView } from "./ui/app-view.tsx";
import { openDialog } from "./ui/parts/dialog.tsx";
import { linkSettings, openSettings } from "./ui/settings/open.ts";
import { followTheme } from "./ui/theme.ts";
import "./ui/styles/base.css";
import "./ui/styles/pages.css";
import "./ui/styles/call.css";
import "./ui/styles/panels.css";

// The page of a browser that cannot run this (plain/boot.js) stays where it is.
if (document.documentElement.dataset.boot !== "tooOld") begin();

function begin(): void {
  const query = new URLSearchParams(location.search);
  const overrides = hashOverrides(location.hash);
  const config = readConfig((globalThis as { config?: unknown }).config, overrides, query);
  const { useHostPageStorage } = config;
  const isEmbedded = overrides.has("jitsi_meet_external_api_id");
  if (isEmbedded && (useHostPageStorage || !canRemember())) keepWithHost(overrides.get("appData.localStorageContent"));
  const place = placeOf(location.pathname);
  const elsewhere = roomNode(place.roomName) === "" ? wayOn(config, new URL(location.href)) : undefined;
  if (elsewhere !== undefined) {
    void Promise.resolve(elsewhere).then((way) => location.replace(way));
    return;
  }
  const stored = remembered("language");
  const chosen = [query.get("lang"), typeof stored === "string" ? stored : null, config.defaultLanguage];
  const spoken = speak(chooseLanguage([...chosen, ...navigator.languages]));
  if (config.isRecorder) {
    void spoken.then(() => record(config, place));
    return;
  }
  const app = new App(config, place, overrides, query);
  Object.defineProperty(window, "veche", { value: Object.freeze(debugWindow(app)) });
  followTheme(app);
  linkSettings(app);
  const apiId = overrides.get("jitsi_meet_external_api_id");
  if (typeof apiId === "number") void embed(app, apiId);
  void spoken.then(() => show(app));
  // The tab is going away: others should not have to wait for a timeout to see it.
  addEventListener("pagehide", () => {
    const { name } = app.state.phase.value;
    if (name === "joined" || name === "knocking") app.call.leave();
  });
  app.open();
  // Jitsi's address for signing in.
  if (query.get("login") === "true" && app.state.identity.value === "") openDialog("login");
}

/** Nobody sits before this page: a recorder films it. */
async function record(config: AppConfig, place: Place): Promise<void> {
  const { startRecorder } = await import("./ui/recorder/start.tsx");
  const root = document.getElementById("app");
  if (root) startRecorder(config, place, root);
}

function show(app: App): void {
  const root = document.getElementById("app");
  if (!root) return;
  root.replaceChildren();
  render(<AppView app={app} />, root);
  document.documentElement.dataset.boot = "started";
  keepOfflinePage();
}

/** Says something where there would be the browser's own page for a server out of reach; no more (plain/pwa-worker.js). */
function keepOfflinePage(): void {
  if (!("serviceWorker" in navigator) || window.parent !== window) return;
  navigator.serviceWorker.register("/pwa-worker.js").catch(() => {
    // Private windows and certificates nobody vouches for have none; the page needs none.
  });
}

/** Another site shows us in a frame and wants to talk. */
async function embed(app: App, apiId: number): Promise<void> {
  const { openEmbedding } = await import("./model/embedding/embedding.ts");
  const openDialogOf = { e2ee: () => openDialog("e2ee"), virtualBackground: () => openSettings("background") };
  openEmbedding(app, apiId, { openDialog: (name) => openDialogOf[name]() });
}
