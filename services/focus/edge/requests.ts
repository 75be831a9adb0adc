import type { Subscription } from "@veche/kit/bus.ts";
import { toVecheError, VecheError } from "@veche/kit/errors.ts";
import { focus } from "@veche/proto/subjects.ts";
import type { Conferences } from "../conference/conferences.ts";
import type { Conference, RoomRef } from "../domain/conference.ts";
import type { Ask, Input } from "../domain/inputs.ts";
import type { FocusEvents } from "../events.ts";
import type { ConferenceRequests } from "./conference-request.ts";
import { serveDialRequests } from "./dial-requests.ts";
import type { GatewayDirectory } from "./gateway-directory.ts";
import { noteJingleRequest } from "./jingle-count.ts";
import { toRoomRef } from "./occupants.ts";
import { serveRecordingRequests } from "./recording-requests.ts";
import { type ServeGiven, serveFor } from "./serve.ts";

export type RequestsGiven = ServeGiven & {
  readonly conferences: Conferences;
  readonly conferenceRequests: ConferenceRequests;
  readonly gateways: GatewayDirectory;
  readonly events: FocusEvents;
};

type OfRoom = { readonly room?: RoomRef; readonly endpoint: string };

/** Serves what clients ask of the focus; each answer or error becomes their IQ's. */
export function serveRequests(given: RequestsGiven): readonly Subscription[] {
  const { bus, conferenceRequests } = given;
  const serve = serveFor(given);
  const pass = async (name: string, request: OfRoom, input: (ask: Ask) => Input): Promise<object> => {
    noteJingleRequest(given.events, name);
    await ask(given, name, request, input);
    return {};
  };
  return [
    serve(focus.requestConference, (request) => conferenceRequests.answer(request)),
    serve(focus.acceptSession, (request) => {
      const { endpoint, jingleSession, descriptions, transport, sources, initialLastN } = request;
      const of = { endpoint, jingleSession, descriptions, transport, sources, initialLastN };
      return pass("accept-session", request, (ask) => ({ type: "session-accepted", ask, ...of }));
    }),
    serve(focus.addSources, (request) => {
      const { endpoint, jingleSession, sources } = request;
      return pass("add-sources", request, (ask) => ({
        type: "sources-added",
        ask,
        endpoint,
        jingleSession,
        sources,
      }));
    }),
    serve(focus.removeSources, (request) => {
      const { endpoint, jingleSession, sources } = request;
      return pass("remove-sources", request, (ask) => ({
        type: "sources-removed",
        ask,
        endpoint,
        jingleSession,
        sources,
      }));
    }),
    serve(focus.terminateSession, async (request) => {
      const { endpoint, jingleSession, reason, bridgeSession, restart } = request;
      const of = { endpoint, jingleSession, reason, bridgeSession, restart };
      const room = request.room?.room ?? "";
      if (restart) given.events.sessionRestarted(room, endpoint);
      // Whoever leaves last ends a session of a conference that is over by then.
      else if (!given.conferences.room(room)?.running) return {};
      return pass("terminate-session", request, (ask) => ({ type: "session-terminated", ask, ...of }));
    }),
    serve(focus.restartIce, (request) => {
      const { endpoint, jingleSession, bridgeSession } = request;
      const of = { endpoint, jingleSession, bridgeSession };
      return pass("restart-ice", request, (ask) => ({ type: "ice-restart-requested", ask, ...of }));
    }),
    serve(focus.updateTransport, (request) => {
      const { endpoint, jingleSession } = request;
      return pass("update-transport", request, (ask) => ({
        type: "transport-updated",
        ask,
        endpoint,
        jingleSession,
      }));
    }),
    serve(focus.requestMute, (request) => {
      const { endpoint, target, media, muted } = request;
      return pass("request-mute", request, (ask) => ({
        type: "mute-requested",
        ask,
        endpoint,
        target,
        media,
        muted,
      }));
    }),
    serveRecordingRequests({
      serve,
      ask: (request, input) => ask(given, "control-recording", request, input),
    }),
    serveDialRequests({
      bus,
      serve,
      events: given.events,
      gateways: () => given.gateways.views(),
      ask: (request, input) => ask(given, "dial-out", request, input),
    }),
  ];
}

/** Resolves with the conference as it is once the client is answered. */
async function ask(given: RequestsGiven, name: string, of: OfRoom, input: (ask: Ask) => Input): Promise<Conference> {
  const ref = toRoomRef(of.room);
  try {
    if (!ref) throw new VecheError("invalid-argument", "which room?");
    const running = given.conferences.room(ref.room)?.running;
    if (!running) throw new VecheError("not-found", `no conference in room ${ref.room}`);
    await running.sitting.ask(input);
    return running.sitting.state;
  } catch (error) {
    const { code, message } = toVecheError(error);
    given.events.clientRefused(name, ref?.room ?? "", of.endpoint, code, message);
    throw error;
  }
}
