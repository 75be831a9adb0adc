#!/usr/bin/env node
/**
 * Firefox as Playwright starts it: the browser named in FIREFOX_BIN, behind a relay for its WebDriver BiDi. Playwright sends
 * commands that releases with long support don't know yet (what a page is told of colour schemes and screens); they are of
 * no use to a call, so here they succeed.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import WebSocket, { WebSocketServer } from "ws";

const firefox = spawn(process.env.FIREFOX_BIN ?? "firefox", process.argv.slice(2), {
  stdio: ["inherit", "inherit", "pipe"],
});
firefox.once("exit", (code) => process.exit(code ?? 1));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => firefox.kill(signal));

createInterface({ input: firefox.stderr }).on("line", (line) => {
  const [, origin] = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(line) ?? [];
  if (origin === undefined) console.error(line);
  else listen(origin);
});

function listen(origin) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("listening", () => console.error(`WebDriver BiDi listening on ws://127.0.0.1:${server.address().port}`));
  server.on("connection", (near, { url }) => relay(near, new WebSocket(`${origin}${url}`)));
}

function relay(near, far) {
  const early = [];
  const emulations = new Set();
  near.on("message", (data) => {
    const text = String(data);
    const { id, method } = JSON.parse(text);
    if (method.startsWith("emulation.")) emulations.add(id);
    if (far.readyState === WebSocket.OPEN) far.send(text);
    else early.push(text);
  });
  far.on("open", () => {
    for (const text of early) far.send(text);
  });
  far.on("message", (data) => near.send(grant(String(data), emulations)));
  for (const [one, other] of [
    [near, far],
    [far, near],
  ]) {
    one.on("close", () => other.close());
    one.on("error", () => other.close());
  }
}

function grant(text, emulations) {
  const answer = JSON.parse(text);
  if (!emulations.delete(answer.id) || answer.error !== "unknown command") return text;
  return JSON.stringify({ type: "success", id: answer.id, result: {} });
}
