/** What Jitsi's server says of people in their presence: who they are by their sign-in, and what they may do. */
import { ns } from "./namespaces.ts";
import { escapeAttribute, escapeText } from "./xml/serialise.ts";

export type PresenceIdentity = {
  readonly userId: string;
  readonly displayName: string;
  readonly email: string;
  readonly avatar: string;
  readonly group: string;
  readonly isHiddenFromRecorder: boolean;
};

export function writeIdentity(identity: PresenceIdentity): string {
  const { userId, displayName, email, avatar, group, isHiddenFromRecorder } = identity;
  const user =
    child("id", userId) +
    child("name", displayName) +
    child("email", email) +
    child("avatar", avatar) +
    child("hidden-from-recorder", isHiddenFromRecorder ? "true" : "");
  return `<identity><user>${user}</user>${child("group", group)}</identity>`;
}

function child(name: string, text: string): string {
  return text === "" ? "" : `<${name}>${escapeText(text)}</${name}>`;
}

export function writePermissions(permissions: Readonly<Record<string, boolean>>): string {
  const entries = Object.entries(permissions).map(
    ([name, isAllowed]) => `<p name="${escapeAttribute(name)}" val="${isAllowed}"/>`,
  );
  return `<permissions xmlns="${ns.jitmeet}">${entries.join("")}</permissions>`;
}
