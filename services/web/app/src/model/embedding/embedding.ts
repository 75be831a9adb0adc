import { Peer } from "../../protocol/embedding/peer.ts";
import { type Fields, readLetter, scopeOf } from "../../protocol/embedding/wire.ts";
import type { App } from "../app.ts";
import { answer } from "./answers.ts";
import { listOf } from "./arguments.ts";
import { COMMANDS } from "./commands.ts";
import type { Embedder, PageActs } from "./embedder.ts";
import { tellEvents } from "./events.ts";
import { GivenNames } from "./given-names.ts";
import { outerPort, outerWindow } from "./window-port.ts";

/** Another site shows this page in a frame of its own, steers it and hears what happens. */
export function openEmbedding(app: App, apiId: number, acts: PageActs): void {
  const outer = outerWindow();
  if (outer === undefined) return;
  const scope = scopeOf(apiId);
  const port = outerPort(outer, (data) => readLetter(data, scope) !== undefined);
  const peer = new Peer(scope, port, {
    event: (data) => command(embedder, data),
    request: (data) => answer(embedder, data),
  });
  const embedder: Embedder = {
    app,
    acts,
    givenNames: new GivenNames(app.state),
    tell: (name, data = {}) => peer.tell({ name, ...data }),
    complain: (text) => console.warn(`embedding: ${text}`),
  };
  tellEvents(embedder);
}

/** What goes wrong in one command is said and harms nothing else. */
function command(embedder: Embedder, { name, data }: Fields): void {
  const act = typeof name === "string" && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!act) {
    embedder.complain(`unknown command ${JSON.stringify(name)?.slice(0, 100)}`);
    return;
  }
  const failed = (error: unknown) =>
    embedder.complain(`${name} failed: ${error instanceof Error ? error.message : ""}`);
  try {
    Promise.resolve(act(embedder, ...listOf(data))).catch(failed);
  } catch (error) {
    failed(error);
  }
}
