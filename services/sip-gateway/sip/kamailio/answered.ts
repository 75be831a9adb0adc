/** The dialog of an answered call, by SIP.js. */
import {
  type IncomingRequestMessage,
  type IncomingResponseMessage,
  NonInviteClientTransaction,
  NonInviteServerTransaction,
  type Session,
  type SessionDialog,
  Dialog as SipDialog,
  UserAgentClient,
  UserAgentServer,
} from "sip.js/lib/core/index.js";
import {
  type DialogRequests,
  InviteDialog,
  type InviteDialogGiven,
  type InviteDialogOptions,
  type Respond,
} from "../invite-dialog.ts";
import { knowsUpdate } from "../methods.ts";
import { readTimerHeaders, type TimerHeaders } from "../session-timer.ts";
import { type Agent, allowHeader, bodyOf, contentTypeOf, sdpOf, sessionBody } from "./agents.ts";

export type AnsweredOptions = InviteDialogOptions & {
  /** It has ended, and told so. */
  readonly onEnded: (dialog: InviteDialog) => void;
};

export type AnsweredGiven = Pick<InviteDialogGiven, "localSdp" | "ackSdp" | "timer" | "isUac"> & {
  /** Their INVITE, or their answer to ours. */
  readonly said: { getHeaders(name: string): string[] };
};

export function openDialog(
  agent: Agent,
  session: Session,
  { said, ...given }: AnsweredGiven,
  options: AnsweredOptions,
): InviteDialog {
  const dialog = new InviteDialog(
    makeRequests(agent, session as SessionDialog, options),
    {
      ...given,
      id: session.callId,
      knowsUpdate: knowsUpdate(said.getHeaders("allow").join()),
      refreshShare: 1,
      onEnded: options.onEnded,
    },
    options,
  );
  receiveRequests(agent, session as SessionDialog, dialog, options);
  return dialog;
}

function makeRequests(agent: Agent, session: SessionDialog, { log }: InviteDialogOptions): DialogRequests {
  const headersWith = (headers: readonly string[]) => [agent.contact, allowHeader, ...headers];
  return {
    invite: (sdp, headers, done) => {
      const onAccept = ({ message, ack }: { message: IncomingResponseMessage; ack: () => unknown }) => {
        ack();
        done({ sdp: sdpOf(message), timer: timerHeadersOf(message) });
      };
      const body = sessionBody(sdp);
      try {
        session.invite({ onAccept, ...refused(done) }, { extraHeaders: headersWith(headers), body });
      } catch (error) {
        // A re-INVITE of theirs waits for its ACK (RFC 3261, 14.1).
        log.debug({ err: error, call: session.callId }, "no re-INVITE could be sent");
        done(491);
      }
    },
    update: (headers, done) => {
      const request = session.createOutgoingRequestMessage("UPDATE", { extraHeaders: headersWith(headers) });
      new UserAgentClient(NonInviteClientTransaction, agent.core, request, {
        onAccept: ({ message }) => done({ sdp: sdpOf(message), timer: timerHeadersOf(message) }),
        ...refused(done),
      });
    },
    info: (contentType, content) =>
      new Promise((resolve) => {
        const onAccept = ({ message }: { message: IncomingResponseMessage }) => resolve(message.statusCode ?? 500);
        const body = { contentDisposition: "render", contentType, content };
        session.info({ onAccept, ...refused(resolve) }, { body });
      }),
    notify: (headers, contentType, content) => {
      const body = { contentDisposition: "render", contentType, content };
      session.notify(undefined, { extraHeaders: [agent.contact, ...headers], body });
    },
    bye: (done) => {
      const over = () => {
        agent[Symbol.dispose]();
        done();
      };
      try {
        session.bye({ onAccept: over, onReject: over, onRedirect: over });
      } catch (error) {
        log.debug({ err: error, call: session.callId }, "no BYE could be sent");
        over();
      }
    },
  };
}

function refused(done: (status: number) => void) {
  const told = ({ message }: { message: IncomingResponseMessage }) => done(message.statusCode ?? 500);
  return { onReject: told, onRedirect: told };
}

function receiveRequests(
  agent: Agent,
  session: SessionDialog,
  dialog: InviteDialog,
  { clock }: InviteDialogOptions,
): void {
  const respondTo =
    (request: Answerable): Respond =>
    (status, headers = [], sdp = "") => {
      if (status >= 300) return void request.reject({ statusCode: status, extraHeaders: [...headers] });
      const body = sdp === "" ? {} : { body: sessionBody(sdp) };
      request.accept({ statusCode: status, extraHeaders: [...headers], ...body });
    };
  const respondToOffer = (request: Answerable): Respond => {
    const respond = respondTo(request);
    return (status, headers = [], sdp) =>
      respond(status, status < 300 ? [agent.contact, allowHeader, ...headers] : headers, sdp);
  };
  session.delegate = {
    onBye: (request) => {
      request.accept();
      dialog.receivedBye("remote");
      agent.retire(clock);
    },
    onInfo: (request) => {
      const { message } = request;
      dialog.receivedInfo(contentTypeOf(message), bodyOf(message), respondTo(request));
    },
    onInvite: (request) => {
      request.trying();
      dialog.receivedInvite(sdpOf(request.message), timerHeadersOf(request.message), respondToOffer(request));
    },
    onRefer: (request) => {
      const target = request.message.parseHeader("refer-to") as { uri?: { toString(): string } } | undefined;
      dialog.receivedRefer(target?.uri?.toString() ?? "", respondTo(request));
    },
    onMessage: (request) => void request.reject({ statusCode: 405 }),
    onNotify: (request) => void request.accept(),
    onAck: ({ message }) => dialog.receivedAck(sdpOf(message)),
  };
  agent.onUpdate = (request) => {
    const internals = session as unknown as SessionInternals;
    if (!internals.sequenceGuard(request)) return;
    SipDialog.prototype.receiveRequest.call(session, request);
    const server = new UserAgentServer(NonInviteServerTransaction, agent.core, request);
    const contact = request.parseHeader("contact") as { uri?: never } | undefined;
    if (contact?.uri) internals.dialogState.remoteTarget = contact.uri;
    dialog.receivedUpdate(sdpOf(request), timerHeadersOf(request), respondToOffer(server));
  };
}

/** What UPDATE needs of SIP.js's dialog and TypeScript holds back. */
type SessionInternals = {
  sequenceGuard(message: IncomingRequestMessage): boolean;
  readonly dialogState: { remoteTarget: unknown };
};

type AnswerOptions = { statusCode: number; extraHeaders?: string[]; body?: ReturnType<typeof sessionBody> };

type Answerable = {
  accept(options: AnswerOptions): unknown;
  reject(options: AnswerOptions): unknown;
};

export function timerHeadersOf(message: { getHeader(name: string): string | undefined }): TimerHeaders {
  return readTimerHeaders((name) => message.getHeader(name));
}
