/** XEP-0045 1.35 section 7.8.2, https://xmpp.org/extensions/xep-0045.html: invitations that go through the room. */
import { parseJid } from "./jid.ts";
import { ns } from "./namespaces.ts";
import { atMost, bounded, type Read, reading, unreadable } from "./reading.ts";
import { type Outgoing, write } from "./rfc6120-stanza.ts";
import { childOf, childrenOf, type Element } from "./xml/element.ts";
import { escapeAttribute, escapeText } from "./xml/serialise.ts";

export type Invitation = {
  readonly bareJid: string;
  /** "" where every stream of the account is meant. */
  readonly resource: string;
  readonly reason: string;
};

/** COMPAT: lib-jitsi-meet invites several at once, each with an `<invite>` of its own. */
export function readInvitations(message: Element, most: number): Read<readonly Invitation[]> {
  return reading(() => {
    const x = childOf(message, "x", ns.mucUser);
    return atMost(x ? childrenOf(x, "invite") : [], most, "invitations").map((invite) => {
      const to = parseJid(invite.attrs.to);
      if (!to || to.local === "") return unreadable("an invitation is `to` somebody's address");
      const reason = bounded(childOf(invite, "reason")?.getText() ?? "", "reason", 1024);
      return { bareJid: to.bare, resource: to.resource, reason };
    });
  });
}

/** What the room sends to who is invited. */
export function writeInvitation(room: string, by: string, reason = ""): Outgoing {
  const why = reason === "" ? "/>" : `><reason>${escapeText(reason)}</reason></invite>`;
  return write("message", { from: room }, `<x xmlns="${ns.mucUser}"><invite from="${escapeAttribute(by)}"${why}</x>`);
}
