/** A call out. */
import { randomBytes } from "node:crypto";
import type { OutgoingInviteRequest, URI } from "sip.js/lib/core/index.js";
import type { InviteDialog } from "../invite-dialog.ts";
import { OutgoingInvite } from "../outgoing-invite.ts";
import { askTimer, type TimerRules } from "../session-timer.ts";
import type { OutgoingListener } from "../signalling.ts";
import { type Agent, allowHeader, sdpOf, sessionBody } from "./agents.ts";
import { type AnsweredOptions, openDialog, timerHeadersOf } from "./answered.ts";
import type { Proof } from "./proofs.ts";

export type OutgoingOptions = AnsweredOptions & {
  readonly target: URI;
  readonly from: URI;
  readonly displayName: string;
  /** Whole lines. */
  readonly headers: readonly string[];
  readonly sdp: string;
  /** That what is sent goes to who is wanted; undefined where nobody asks. */
  readonly prove: () => Promise<Proof> | undefined;
  /** It was answered, refused or cancelled. */
  readonly onDecided: (call: OutgoingInvite) => void;
  readonly onAnswered: (dialog: InviteDialog) => void;
};

export function makeCallId(): string {
  return randomBytes(16).toString("hex");
}

/** What Kamailio says where it reached nobody: no answer from DNS, no connection. */
const unreachable = new Set([477, 478, 479]);

export function sendInvite(agent: Agent, listener: OutgoingListener, options: OutgoingOptions): OutgoingInvite {
  const { core, contact, callId } = agent;
  const { target, from, displayName, headers, sdp, timerRules, clock } = options;
  let request: OutgoingInviteRequest | undefined;
  let cseq = 0;
  const send = (rules: TimerRules, proof: readonly string[]) => {
    const message = core.makeOutgoingRequestMessage(
      "INVITE",
      target,
      from,
      target,
      { callId, cseq: cseq + 1, fromDisplayName: displayName },
      [contact, allowHeader, ...askTimer(rules), ...headers, ...proof],
      sessionBody(sdp),
    );
    request = core.invite(message, delegate);
  };
  const sendProven = async (rules: TimerRules, proving: Promise<Proof>) => {
    const proof = await proving;
    // Cancelled before anything went out.
    if (call.state !== "calling") call.over();
    else if (proof.ok) send(rules, proof.headers);
    else call.failed(503, "Service Unavailable");
  };
  const call = new OutgoingInvite(
    {
      invite: (rules) => {
        cseq = request?.message.cseq ?? 0;
        request = undefined;
        const proving = options.prove();
        if (proving) void sendProven(rules, proving);
        else send(rules, []);
      },
      cancel: () => request?.cancel(),
    },
    {
      id: callId,
      timerRules,
      listener,
      onDecided: (decided, dialog) => {
        options.onDecided(decided);
        if (dialog) options.onAnswered(dialog);
        else agent.retire(clock);
      },
    },
  );
  const refused: NonNullable<Delegate["onReject"]> = ({ message }) => {
    const { statusCode = 500, reasonPhrase = "" } = message;
    if (unreachable.has(statusCode)) call.failed(503, "Service Unavailable");
    else call.refused(statusCode, reasonPhrase, message.getHeader("min-se"));
  };
  const delegate: Delegate = {
    onProgress: ({ message }) => call.progressed(message.statusCode ?? 180),
    onAccept: ({ message, session, ack }) => {
      ack();
      if (call.state === "calling") {
        const given = { localSdp: sdp, ackSdp: "", said: message, isUac: true };
        call.accepted(sdpOf(message), timerHeadersOf(message), (timer) =>
          openDialog(agent, session, { ...given, timer }, options),
        );
        return;
      }
      // A fork may answer more than once, and an answer may cross our CANCEL: those are hung up (RFC 3261, 13.2.2.4).
      const over = call.state === "cancelled" ? () => call.over() : () => {};
      session.bye({ onAccept: over, onReject: over });
    },
    onReject: refused,
    onRedirect: refused,
  };
  call.start();
  return call;
}

type Delegate = NonNullable<Parameters<Agent["core"]["invite"]>[1]>;
