/** Somebody rings. */
import type { IncomingInviteRequest } from "sip.js/lib/core/index.js";
import { makeParty, readHeaders } from "../headers.ts";
import { IncomingInvite } from "../incoming-invite.ts";
import type { InviteDialog } from "../invite-dialog.ts";
import { calledOf, callerOf } from "../party.ts";
import type { Source, Trunk } from "../signalling.ts";
import { type Agent, allowHeader, headersOf, sdpOf, sessionBody } from "./agents.ts";
import { type AnsweredOptions, openDialog, timerHeadersOf } from "./answered.ts";

/** What Kamailio says of a call, behind the secret of this start. */
export type Arrival = { readonly trunk: number; readonly source: Source; readonly local: { ip: string; port: number } };

/** `Veche-Call: <secret> <trunk> <transport> <address> <port> <local address> <local port>`; undefined: not from Kamailio. */
export function readArrival(value: string | undefined, secret: string): Arrival | undefined {
  const match = /^(\S+) (-?\d{1,4}) (udp|tcp|tls) (\S+) (\d{1,5}) (\S+) (\d{1,5})$/.exec(value ?? "");
  if (!match || match[1] !== secret) return undefined;
  const [, , trunk, transport, address = "", port, ip = "", localPort] = match;
  return {
    trunk: Number(trunk),
    source: {
      address: address.replace(/^\[|\]$/g, ""),
      port: Number(port),
      transport: transport as Source["transport"],
    },
    local: { ip, port: Number(localPort) },
  };
}

export type IncomingOptions = AnsweredOptions & {
  readonly trunk: Trunk | undefined;
  readonly source: Source;
  /** It was answered, refused or cancelled. */
  readonly onDecided: (call: IncomingInvite) => void;
  readonly onAnswered: (dialog: InviteDialog) => void;
};

export function receiveInvite(agent: Agent, request: IncomingInviteRequest, options: IncomingOptions): IncomingInvite {
  const { message } = request;
  const { trunk, source, timerRules, clock } = options;
  const { ruri, to, from } = message;
  const isTrusted = trunk?.isTrusted === true;
  const caller = makeParty(from.uri.user, from.uri.host, from.displayName);
  const dialled = makeParty(to.uri.user, to.uri.host, to.displayName);
  const offer = sdpOf(message);
  const call = new IncomingInvite(
    {
      ring: () => void request.progress({ statusCode: 180, extraHeaders: [allowHeader] }),
      accept: (sdp, headers, timer) => {
        const { session } = request.accept({ statusCode: 200, extraHeaders: [...headers], body: sessionBody(sdp) });
        session.delegate = {
          onAck: (ack) => {
            const ackSdp = offer === "" ? sdpOf(ack.message) : "";
            const given = { localSdp: sdp, ackSdp, timer, said: message, isUac: false };
            call.acknowledged(openDialog(agent, session, given, options));
          },
          onBye: (bye) => {
            bye.accept();
            call.failed("the caller has hung up");
          },
          // Nobody has acknowledged for 32 s: it is hung up (RFC 3261, 13.3.1.4).
          onAckTimeout: () => {
            session.bye();
            call.failed("the caller did not acknowledge the answer");
          },
        };
      },
      reject: (statusCode, reason, headers) => {
        const reasonPhrase = reason === "" ? {} : { reasonPhrase: reason };
        request.reject({ statusCode, ...reasonPhrase, extraHeaders: [...headers] });
      },
    },
    {
      id: message.callId,
      from: callerOf(caller, message.getHeader("p-asserted-identity"), isTrusted),
      to: calledOf(makeParty(ruri?.user, ruri?.host, ""), dialled, trunk),
      trunk: trunk?.name,
      source,
      headers: readHeaders(headersOf(message), isTrusted),
      offer,
      timer: timerHeadersOf(message),
      timerRules,
      onDecided: (decided, dialog) => {
        options.onDecided(decided);
        if (dialog) options.onAnswered(dialog);
        else agent.retire(clock);
      },
    },
  );
  request.delegate = {
    onCancel: () => {
      if (call.isRinging) request.reject({ statusCode: 487 });
      call.cancelled();
    },
  };
  request.trying();
  return call;
}
