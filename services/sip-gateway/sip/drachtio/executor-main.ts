/** Waits for the gateway's death, or its standing still, and then says to its phones what it has left. */
import { createInterface } from "node:readline";
import { Link } from "./link.ts";
import { type LastWord, type Line, saidStatus, silentMs } from "./will.ts";

const goodbyeMs = 3_000;

const words = new Map<string, LastWord>();
let server: Extract<Line, { type: "server" }>["server"] | undefined;
let silence = setTimeout(act, silentMs);

const lines = createInterface({ input: process.stdin });
lines.on("line", (text) => {
  clearTimeout(silence);
  silence = setTimeout(act, silentMs);
  const line = JSON.parse(text) as Line;
  if (line.type === "server") server = line.server;
  else if (line.type === "will") words.set(line.key, line.word);
  else if (line.type === "forget") words.delete(line.key);
  else if (line.type === "done") process.exit(0);
});
lines.on("close", act);

let hasActed = false;

function act(): void {
  if (hasActed) return;
  hasActed = true;
  clearTimeout(silence);
  if (!server || words.size === 0) process.exit(saidStatus);
  setTimeout(() => process.exit(saidStatus), goodbyeMs);
  const link = new Link(server, false, {
    opened: () => {
      for (const word of words.values()) say(link, word);
    },
    closed: () => {},
    refused: () => process.exit(1),
    received: ({ message, reply }) => {
      if (message.method !== "ACK") reply(481);
    },
  });
}

function say(link: Link, word: LastWord): void {
  if (word.type === "cancel") link.cancel(word.transactionId, word.uri);
  else if (word.type === "refuse") link.refuse(word.transactionId, 503, word.headers);
  else
    link.ask(
      { method: "BYE", dialogId: word.dialogId, headers: {} },
      () => {},
      () => {},
      () => {},
    );
}
