/** A call out. */
import type { Credentials } from "../digest.ts";
import { OutgoingInvite } from "../outgoing-invite.ts";
import { askTimer } from "../session-timer.ts";
import type { OutgoingListener } from "../signalling.ts";
import { AnsweredCall, type AnsweredOptions } from "./answered.ts";
import { again, ask } from "./ask.ts";
import { allow, headersFrom, timerHeadersOf } from "./header-lines.ts";
import type { Answer, Asking, Headers } from "./link.ts";

export type OutgoingOptions = AnsweredOptions & {
  readonly id: string;
  readonly to: string;
  readonly from: string;
  readonly headers: Headers;
  readonly sdp: string;
  readonly nextHop: string;
  readonly credentials: Credentials | undefined;
  /** It was sent; once more where it was challenged. */
  readonly onBegun: (call: OutgoingInvite, asking: Asking) => void;
  /** It was answered, refused or cancelled. */
  readonly onDecided: (call: OutgoingInvite) => void;
  readonly onAnswered: (call: AnsweredCall) => void;
};

export function sendInvite(listener: OutgoingListener, options: OutgoingOptions): OutgoingInvite {
  const { link, id, to, from, sdp, nextHop, credentials, timerRules, onBegun, onDecided, onAnswered } = options;
  let asking: Asking | undefined;
  const call = new OutgoingInvite(
    {
      invite: (rules) => {
        const own = asking ? again(asking.sent) : { "Call-ID": id, From: from };
        const timer = { Supported: "timer", ...headersFrom(askTimer(rules)) };
        const said = { To: `<${to}>`, ...allow, ...timer, "Content-Type": "application/sdp", ...options.headers };
        const asked = { method: "INVITE", uri: to, headers: { ...own, ...said }, body: sdp, nextHop };
        ask(link, asked, credentials, { begun, answered, failed: () => call.lose() });
      },
      cancel: () => asking?.cancel(),
    },
    { id, timerRules, listener, onDecided },
  );
  const begun = (given: Asking) => {
    asking = given;
    onBegun(call, given);
    if (call.state === "cancelled") given.cancel();
  };
  const answered = ({ message, dialogId = "", ack }: Answer) => {
    const { status, reason } = message;
    if (status < 200) return call.progressed(status);
    if (status >= 300) return call.refused(status, reason, message.header("min-se"));
    ack();
    // An answer that crosses our CANCEL: drachtio-server says BYE after that ACK (RFC 3261, 15).
    if (call.state !== "calling") return call.over();
    const own = { id, dialogId, own: asking?.sent ?? message, localSdp: sdp, ackSdp: "", isUac: true };
    call.accepted(message.sdp, timerHeadersOf(message), (timer) => {
      const opened = new AnsweredCall({ ...own, said: message, timer, credentials }, options);
      onAnswered(opened);
      return opened.dialog;
    });
  };
  call.start();
  return call;
}
