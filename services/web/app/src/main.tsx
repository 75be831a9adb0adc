import { render } from "preact";
import { chooseLanguage, speak } from "./i18n/i18n.ts";
import { App } from "./model/app.ts";
import { readConfig } from "./model/config.ts";
import { debugWindow } from "./model/debug.ts";
import { remembered } from "./model/remembered.ts";
import { hashOverrides, placeOf } from "./model/url.ts";
import { AppView } from "./ui/app-view.tsx";
import { openDialog } from "./ui/parts/dialog.tsx";
import "./ui/styles/base.css";
import "./ui/styles/pages.css";
import "./ui/styles/call.css";
import "./ui/styles/panels.css";

const query = new URLSearchParams(location.search);
const overrides = hashOverrides(location.hash);
const stored = remembered("language");
const wishes = [query.get("lang"), typeof stored === "string" ? stored : null, ...navigator.languages];
const spoken = speak(chooseLanguage(wishes));

const config = readConfig((globalThis as { config?: unknown }).config, overrides, query);
const app = new App(config, placeOf(location.pathname), overrides, query);
const root = document.getElementById("app");
if (root) void spoken.then(() => render(<AppView app={app} />, root));

Object.defineProperty(window, "veche", { value: Object.freeze(debugWindow(app)) });

// The tab is going away: others should not have to wait for a timeout to see it.
addEventListener("pagehide", () => {
  const { name } = app.state.phase.value;
  if (name === "joined" || name === "knocking") app.call.leave();
});
app.open();
// Jitsi's address for signing in.
if (query.get("login") === "true" && app.state.identity.value === "") openDialog("login");
