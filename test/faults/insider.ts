/** A member of a call with a session of its own: what the bridge gave it, and what it does with that. */
import assert from "node:assert/strict";
import type { TestStack } from "../harness/stack.ts";
import type { IceSecrets } from "./media-rubbish.ts";
import { deliver, fill, type Sender } from "./sender.ts";
import { Someone } from "./someone.ts";
import { sessionAcceptStanza } from "./stanza-templates.ts";

const invitationMs = 20_000;

type Invitation = { readonly secrets: IceSecrets; readonly channelUrl: URL };
export type Insider = Sender & Invitation & AsyncDisposable;

/** Two who are invited; the first has accepted and is given back. */
export async function insiderOf(stack: TestStack, room: string): Promise<Insider> {
  const [someone, other] = [await inRoom(stack, room), await inRoom(stack, room)];
  await someone.invited(invitationMs);
  const sender = { someone, room, other };
  assert.equal(await deliver(sender, fill(sessionAcceptStanza, sender), () => {}), "result");
  const leave = async () => {
    for (const each of [someone, other]) await each.leave();
  };
  return { ...sender, ...readInvitation(stack, someone), [Symbol.asyncDispose]: leave };
}

export async function inRoom(stack: TestStack, room: string): Promise<Someone> {
  const someone = await Someone.signIn(stack.local.ports.xmpp);
  assert.ok(await someone.enter(room));
  return someone;
}

function readInvitation(stack: TestStack, { invitation }: Someone): Invitation {
  const xml = String(invitation);
  const [, transport = ""] = /<transport([^>]*)>/.exec(xml) ?? [];
  const read = (name: string, text: string) => new RegExp(` ${name}="([^"]*)"`).exec(text)?.[1] ?? "";
  const [, channel = ""] = /<web-socket([^>]*)>/.exec(xml) ?? [];
  const { pathname, search } = new URL(read("url", channel).replaceAll("&amp;", "&"));
  return {
    secrets: { ufrag: read("ufrag", transport), pwd: read("pwd", transport) },
    channelUrl: new URL(`${pathname}${search}`, stack.local.urls.http.replace(/^http/, "ws")),
  };
}
