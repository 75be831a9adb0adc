/** `npm run build`: the web app, where its sources have changed. */
import { buildWebApp } from "./web-app.ts";

buildWebApp((text) => console.log(`veche: ${text}`));
