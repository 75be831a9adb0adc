/** Messages of Jitsi's clients in rooms (lib-jitsi-meet of 2026-08): what of them is passed on. */
import { ns } from "./namespaces.ts";
import { type Outgoing, write } from "./rfc6120-stanza.ts";
import { Element } from "./xml/element.ts";
import { escapeText, serialise } from "./xml/serialise.ts";

/** The children as relayed: without what only the server says, and with the namespace that readers of replies expect. */
export function relayedContent(message: Element): string {
  let content = "";
  for (const child of message.children) {
    if (!(child instanceof Element) || isServerAuthored(child)) continue;
    // COMPAT: lib-jitsi-meet sends <reply> without a namespace and looks for it with one.
    if (child.name === "reply" && child.getNS() !== ns.reply) child.attrs.xmlns = ns.reply;
    content += serialise(child);
  }
  return content;
}

/** Names, times, origins and notices of the room: clients believe them. */
function isServerAuthored(child: Element): boolean {
  if (child.name === "nick" || child.name === "delay") return true;
  return serverNamespaces.has(child.getNS() ?? "");
}

const serverNamespaces: ReadonlySet<string> = new Set([
  ns.mucUser,
  ns.delay,
  ns.displayName,
  ns.addresses,
  ns.stanzaIds,
]);

/** A message of an occupant. */
export function messageStanza(from: string, message: Element, content: string): Outgoing {
  const { type, id } = message.attrs;
  return write("message", { from, type, id, "xml:lang": message.attrs["xml:lang"] }, content);
}

/** Under which name somebody wrote who may be gone when the message is read. */
export function writeDisplayName(name: string): string {
  return `<display-name xmlns="${ns.displayName}">${escapeText(name)}</display-name>`;
}

/** COMPAT: lib-jitsi-meet shows the text as a fault of the settings, not of the chat. */
export function writeSettingsError(text: string): string {
  return `<settings-error><text>${escapeText(text)}</text></settings-error>`;
}
