import { Calls } from "../calls/calls.ts";
import { Dialled } from "../calls/dialled.ts";
import { callInfo } from "../codec/jitsi-jigasi.ts";
import { Capabilities } from "../features/capabilities.ts";
import { ClientIqs } from "../features/client-iqs.ts";
import { FocusRequests } from "../features/focus-requests.ts";
import { JoinQueue } from "../features/join-queue.ts";
import { listFeatures } from "../features/list.ts";
import { MucMessages } from "../features/muc-messages.ts";
import { MucPresence } from "../features/muc-presence.ts";
import { Router } from "../features/router.ts";
import type { Breweries } from "../rooms/breweries.ts";
import type { PeopleParts } from "./people.ts";
import type { Base, RoomParts } from "./rooms.ts";

export type FeatureParts = ReturnType<typeof buildFeatures>;

/** What the server can do, and what finds out for whom a stanza is. */
export function buildFeatures(given: Base & RoomParts & PeopleParts & { readonly breweries: Breweries }) {
  const { clock, context, hooks, limits, rooms } = given;
  const clientIqs = new ClientIqs(clock, limits);
  const capabilities = new Capabilities(clientIqs, limits, rooms);
  capabilities.know(callInfo);
  const queue = new JoinQueue(clock, limits);
  const focusRequests = new FocusRequests({ ...given, limitMs: limits.focusRequestMs, queued: limits.focusQueue });
  const presence = new MucPresence({ ...given, queue, capabilities });
  const dialled = new Dialled();
  const calls = new Calls({
    ...given,
    dialled,
    instance: context.instance,
    version: context.version,
    route: (session, stanza) => router.route(session, stanza),
  });
  const features = listFeatures({ ...given, queue, focusRequests, clientIqs, calls, dialled });
  hooks.use(features.flatMap((feature) => feature.rooms ?? []));
  const messages = new MucMessages({ rooms, clock, limits, features });
  const traffic = { presence: presence.receive.bind(presence), message: messages.receive.bind(messages) };
  const router = new Router({ ...given, features, traffic, clientIqs });
  return { clientIqs, queue, calls, features, router };
}
