import { randomBytes } from "node:crypto";
import type { Subscription } from "@veche/kit/bus.ts";
import { toVecheError } from "@veche/kit/errors.ts";
import type { ControlRecordingRequest } from "@veche/proto/gen/veche/focus/v1/focus_pb.ts";
import { focus } from "@veche/proto/subjects.ts";
import type { Conference } from "../domain/conference.ts";
import type { Ask, Input } from "../domain/inputs.ts";
import type { Serve } from "./serve.ts";

export type RecordingRequestsGiven = {
  readonly serve: Serve;
  /** Hands an input with its `ask` in and resolves with the conference once it is answered. */
  readonly ask: (request: ControlRecordingRequest, input: (ask: Ask) => Input) => Promise<Conference>;
};

const sessionPattern = /^[A-Za-z0-9_-]{1,64}$/;

/** Serves `control-recording`: ids and keys are made here, everything else is the domain's. */
export function serveRecordingRequests({ serve, ask }: RecordingRequestsGiven): Subscription {
  return serve(focus.controlRecording, async (request) => {
    const session = toSession(request);
    try {
      const state = await ask(request, (number) => toInput(request, session, number));
      return answerOf(state, request.action, session);
    } catch (error) {
      // An error of that code is asked again for a while: no recorder will have come by then.
      if (toVecheError(error).code !== "unavailable" || request.action !== "start") throw error;
      return { sessionId: "", status: "unavailable" };
    }
  });
}

function toSession({ action, sessionId }: ControlRecordingRequest): string {
  if (action !== "start") return sessionId;
  return sessionPattern.test(sessionId) ? sessionId : randomBytes(16).toString("hex");
}

function toInput(request: ControlRecordingRequest, session: string, ask: Ask): Input {
  const { endpoint, action, recordingMode, streamId, broadcastId, appData, sipAddress } = request;
  const { layout, addTarget, removeTarget, granted, denied } = request;
  const ids = { session, job: randomBytes(16).toString("hex"), ownerKey: randomBytes(32).toString("base64url") };
  const wish = { recordingMode, streamId, broadcastId, appData, sipAddress, layout, addTarget, removeTarget };
  return { type: "recording-asked", ask, endpoint, action, ...ids, ...wish, granted, denied };
}

function answerOf({ recordings }: Conference, action: string, sessionId: string) {
  if (sessionId === "") return { status: "pending" };
  const showing = recordings.showings.get(sessionId);
  const job = showing && recordings.jobs.get(showing.job);
  const ownerKey = action === "start" && job?.file?.session === sessionId ? job.file.ownerKey : "";
  const isOff = showing === undefined || showing.status === "off";
  // What is to stop is on its way to it.
  return { sessionId, status: isOff ? "off" : action === "stop" ? "pending" : showing.status, ownerKey };
}
