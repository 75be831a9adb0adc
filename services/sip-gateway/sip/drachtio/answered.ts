/** The dialog of an answered call, by drachtio-srf. */
import { mediaTypeOf } from "../body.ts";
import type { Credentials } from "../digest.ts";
import {
  type DialogRequests,
  InviteDialog,
  type InviteDialogGiven,
  type InviteDialogOptions,
  type Respond,
} from "../invite-dialog.ts";
import { knowsUpdate } from "../methods.ts";
import { uriOf } from "../party.ts";
import { ask, askOnce } from "./ask.ts";
import { allow, headersFrom, timerHeadersOf } from "./header-lines.ts";
import type { Headers, Link, Received, SipMessage } from "./link.ts";

export type AnsweredOptions = InviteDialogOptions & {
  readonly link: Link;
  /** It has ended, and told so. */
  readonly onEnded: (call: AnsweredCall) => void;
};

export type AnsweredGiven = Pick<InviteDialogGiven, "id" | "localSdp" | "ackSdp" | "timer" | "isUac"> & {
  /** drachtio-server's. */
  readonly dialogId: string;
  /** Our INVITE, or our answer to theirs, as drachtio-server wrote it. */
  readonly own: SipMessage;
  /** Their INVITE, or their answer to ours. */
  readonly said: SipMessage;
  readonly credentials: Credentials | undefined;
};

/** Above all that drachtio-server has counted up to (RFC 3261, 8.1.1.5: below 2^31). */
const lastCseq = 2_000_000_000;

/** drachtio-server refreshes by itself at half of the time, give or take 5 s: we do before it, and its timer starts anew. */
const beforeServer = 0.8;

export class AnsweredCall {
  readonly dialog: InviteDialog;
  readonly dialogId: string;
  readonly #options: AnsweredOptions;
  readonly #given: AnsweredGiven;
  /** Contact and Allow. */
  readonly #headers: Headers;

  constructor(given: AnsweredGiven, options: AnsweredOptions) {
    this.dialogId = given.dialogId;
    this.#given = given;
    this.#options = options;
    this.#headers = { ...allow, Contact: given.own.header("contact") ?? "" };
    this.dialog = new InviteDialog(
      this.#makeRequests(),
      {
        ...given,
        knowsUpdate: knowsUpdate(given.said.header("allow")),
        refreshShare: beforeServer,
        onEnded: () => options.onEnded(this),
      },
      options,
    );
  }

  /** A drachtio-server that has started anew knows nothing of the call: the BYE says all of it. */
  sayByeAnew(): void {
    const { own, said, isUac, credentials } = this.#given;
    const side = isUac
      ? { from: own.header("from"), to: said.header("to") }
      : { from: own.header("to"), to: said.header("from") };
    const routes = (said.header("record-route") ?? "").split(",").filter((route) => route.trim() !== "");
    const route = (isUac ? routes.toReversed() : routes).join(",");
    const headers = {
      From: side.from ?? "",
      To: side.to ?? "",
      "Call-ID": this.#given.id,
      CSeq: `${lastCseq} BYE`,
      ...(route === "" ? {} : { Route: route }),
    };
    void askOnce(this.#options.link, { method: "BYE", uri: uriOf(said.header("contact")), headers }, credentials);
  }

  /** Anything within the call. */
  received(request: Received): void {
    const { message, reply } = request;
    const { dialog } = this;
    switch (message.method) {
      case "BYE":
        reply(200);
        // It hangs up by itself whom nobody refreshes.
        return void dialog.receivedBye(request.isOfServer ? "timer" : "remote");
      case "ACK":
        return void dialog.receivedAck(message.sdp);
      case "INVITE":
        return void dialog.receivedInvite(message.sdp, timerHeadersOf(message), this.#respondTo(request));
      case "UPDATE":
        return void dialog.receivedUpdate(message.sdp, timerHeadersOf(message), this.#respondTo(request));
      case "INFO":
        return void dialog.receivedInfo(mediaTypeOf(message.header("content-type")), message.body, (status) =>
          reply(status),
        );
      case "REFER":
        return void dialog.receivedRefer(uriOf(message.header("refer-to") ?? message.header("r")), (status) =>
          reply(status),
        );
      case "OPTIONS":
        return void reply(200, { headers: { ...allow, Accept: "application/sdp" } });
      case "NOTIFY":
        return void reply(200);
      default:
        return void reply(405, { headers: allow });
    }
  }

  #respondTo({ reply }: Received): Respond {
    return (status, lines = [], sdp = "") => {
      const own = status < 300 ? this.#headers : {};
      const headers = { ...own, ...headersFrom(lines) };
      if (sdp === "") reply(status, { headers });
      else reply(status, { headers: { ...headers, "Content-Type": "application/sdp" }, body: sdp });
    };
  }

  #makeRequests(): DialogRequests {
    const { credentials } = this.#given;
    const withTimer = (lines: readonly string[]) => ({ ...this.#headers, Supported: "timer", ...headersFrom(lines) });
    return {
      invite: (sdp, lines, done) => {
        const headers = { ...withTimer(lines), "Content-Type": "application/sdp" };
        const asked = { method: "INVITE", dialogId: this.dialogId, headers, body: sdp };
        ask(this.#options.link, asked, credentials, {
          answered: ({ message, ack }) => {
            if (message.status < 200) return;
            if (message.status >= 300) return done(message.status);
            ack();
            done({ sdp: message.sdp, timer: timerHeadersOf(message) });
          },
          failed: ({ isDialogGone }) => done(isDialogGone ? 481 : 503),
        });
      },
      update: async (lines, done) => {
        const answer = await this.#ask("UPDATE", withTimer(lines));
        const status = statusOf(answer);
        if (typeof answer === "number" || status >= 300) done(status);
        else done({ sdp: "", timer: timerHeadersOf(answer) });
      },
      info: async (contentType, body) => statusOf(await this.#ask("INFO", { "Content-Type": contentType }, body)),
      notify: (lines, contentType, body) => {
        const { Contact = "" } = this.#headers;
        void this.#ask("NOTIFY", { Contact, ...headersFrom(lines), "Content-Type": contentType }, body);
      },
      bye: (done) => void this.#ask("BYE").then(done),
    };
  }

  #ask(method: string, headers: Headers = {}, body = ""): Promise<SipMessage | 481 | 503> {
    const { link } = this.#options;
    return askOnce(link, { method, dialogId: this.dialogId, headers, body }, this.#given.credentials);
  }
}

function statusOf(answer: SipMessage | 481 | 503): number {
  return typeof answer === "number" ? answer : answer.status;
}
