import assert from "node:assert/strict";
import { test } from "node:test";
import { outerPort } from "./window-port.ts";

type Listener = (event: { source: unknown; origin: string; data: unknown }) => void;

/** A browser with a page around ours, as far as the port looks at it. */
function surroundings(ancestorOrigins?: readonly string[]) {
  const posted: [string, string][] = [];
  const outer = { postMessage: (text: string, target: string) => posted.push([text, target]) };
  const listeners = new Set<Listener>();
  Object.assign(globalThis, {
    window: { parent: outer },
    location: { ancestorOrigins },
    addEventListener: (_: string, listener: Listener) => listeners.add(listener),
    removeEventListener: (_: string, listener: Listener) => listeners.delete(listener),
  });
  const heard: unknown[] = [];
  const port = outerPort(outer as unknown as Window, (data) => data === "ours");
  const stop = port.listen((data) => heard.push(data));
  const say = (data: unknown, origin: string, source: unknown = outer) => {
    for (const listener of listeners) listener({ source, origin, data });
  };
  return { posted, heard, port, say, stop };
}

test("where the browser names the page around, nobody else is heard or told", () => {
  const { posted, heard, port, say } = surroundings(["https://school.example"]);
  port.post("hello", "greeting");
  port.post("secret", "message");
  assert.deepEqual(posted, [
    ["hello", "*"],
    ["secret", "https://school.example"],
  ]);
  say("ours", "https://school.example");
  say("ours", "https://evil.example");
  say("ours", "https://school.example", {});
  assert.deepEqual(heard, ["ours"]);
});

test("where it does not, the first that speaks our language from there is the one", () => {
  const { posted, heard, port, say, stop } = surroundings();
  port.post("too early", "message");
  say("noise", "https://other.example");
  say("ours", "https://school.example");
  say("ours", "https://evil.example");
  port.post("secret", "message");
  assert.deepEqual(heard, ["ours"]);
  assert.deepEqual(posted, [["secret", "https://school.example"]]);
  stop();
  say("ours", "https://school.example");
  assert.equal(heard.length, 1);
});
