import { render } from "preact";
import { App } from "./app-state.ts";
import { readConfig } from "./config.ts";
import { debugWindow } from "./debug.ts";
import { chooseLanguage, language } from "./i18n/i18n.ts";
import { remembered } from "./remembered.ts";
import { AppView } from "./ui/app-view.tsx";
import { openDialog } from "./ui/dialog.tsx";
import { hashOverrides, placeOf } from "./url.ts";
import "./ui/styles/base.css";
import "./ui/styles/pages.css";
import "./ui/styles/call.css";
import "./ui/styles/panels.css";

const query = new URLSearchParams(location.search);
const overrides = hashOverrides(location.hash);
const stored = remembered("language");
const wishes = [query.get("lang"), typeof stored === "string" ? stored : null, ...navigator.languages];
language.value = chooseLanguage(wishes);

const config = readConfig((globalThis as { config?: unknown }).config, overrides, query);
const app = new App(config, placeOf(location.pathname), overrides, query);
const root = document.getElementById("app");
if (root) render(<AppView app={app} />, root);

Object.defineProperty(window, "veche", { value: Object.freeze(debugWindow(app)) });

// The tab is going away: others should not have to wait for a timeout to see it.
addEventListener("pagehide", () => {
  const { name } = app.state.phase.value;
  if (name === "joined" || name === "knocking") app.call.leave();
});
app.open();
// Jitsi's address for signing in.
if (query.get("login") === "true" && app.state.identity.value === "") openDialog("login");
