import {
  type ConferenceAnswer,
  type ConferenceRequest,
  logoutElement,
  requestByHttp,
  requestByIq,
} from "../../protocol/conference/focus-request.ts";
import { XmppConnection } from "../../protocol/xmpp/connection.ts";
import { SignInRefused } from "../../protocol/xmpp/sasl.ts";
import type { Credentials } from "../../protocol/xmpp/scram.ts";
import type { AppConfig } from "../config.ts";
import { machineUid, remember, remembered } from "../remembered.ts";
import { roomNode, serviceUrl } from "../url.ts";
import { loginProblem } from "./login-problem.ts";
import type { CallState, LoginProblem } from "./state.ts";
import { type CallDetails, openTransport } from "./transports.ts";

const LOGIN_TIMEOUT_MS = 25_000;

/** Asks the focus for the room, and is who remembers that we have signed in: a session of the focus, known by its id. */
export class FocusDesk {
  readonly #config: AppConfig;
  readonly #details: CallDetails;
  readonly #connection: XmppConnection;
  readonly #state: CallState;

  constructor(config: AppConfig, details: CallDetails, connection: XmppConnection, state: CallState) {
    this.#config = config;
    this.#details = details;
    this.#connection = connection;
    this.#state = state;
    state.identity.value = textOr(remembered("identity"), "");
  }

  get room(): string {
    return `${roomNode(this.#details.roomName)}@${this.#config.muc}`;
  }

  /** For the meeting's own room or one beside it. */
  async ask(room = this.room): Promise<ConferenceAnswer> {
    const { conferenceRequestUrl } = this.#config;
    const wanted = this.#request(room, textOr(remembered("sessionId"), undefined));
    const answer = conferenceRequestUrl
      ? await requestByHttp(serviceUrl(conferenceRequestUrl, location.href, {}, "http"), wanted)
      : await requestByIq((type, to, child) => this.#connection.request(type, to, child), this.#config.focus, wanted);
    if (answer.ok) {
      this.#state.hasAuthentication.value = answer.hasAuthentication;
      this.#state.hasSipGateway.value = answer.hasSipGateway;
      if (answer.sessionId) this.#remember(answer.sessionId, answer.identity ?? this.#state.identity.value);
    } else if (answer.reason === "session-invalid") this.#forget();
    return answer;
  }

  /**
   * Proves on a connection of its own, which ends with it, who we are. The session id it brings is worth as much as the
   * password for as long as it lives, on this machine only.
   */
  async logIn(credentials: Credentials): Promise<LoginProblem | undefined> {
    const { domain, focus } = this.#config;
    const connection = new XmppConnection(
      domain,
      (previousId) => openTransport(this.#config, { ...this.#details, token: undefined }, domain, previousId),
      { stateChanged: () => {}, rebound: () => {}, stanza: () => false, refused: () => {} },
      credentials,
    );
    const timer = setTimeout(() => connection.close(), LOGIN_TIMEOUT_MS);
    try {
      await connection.connect();
      if (connection.state !== "connected") return "unreachable";
      const answer = await requestByIq(
        (type, to, child) => connection.request(type, to, child),
        focus,
        this.#request(this.room, undefined),
      );
      if (!answer.ok) return answer.reason === "not-authorized" ? "may-not-open" : "unreachable";
      if (!answer.sessionId) return "unreachable";
      this.#remember(answer.sessionId, answer.identity ?? connection.jid.split("/", 1)[0] ?? "");
      return undefined;
    } catch (error) {
      return error instanceof SignInRefused ? loginProblem(error.condition) : "unreachable";
    } finally {
      clearTimeout(timer);
      connection.close();
    }
  }

  async logOut(): Promise<void> {
    const sessionId = textOr(remembered("sessionId"), undefined);
    this.#forget();
    if (sessionId && this.#connection.state === "connected")
      await this.#connection.request("set", this.#config.focus, logoutElement(sessionId));
  }

  #request(room: string, sessionId: string | undefined): ConferenceRequest {
    return { room, machineUid: machineUid(), sessionId, token: this.#details.token };
  }

  #remember(sessionId: string, identity: string): void {
    remember("sessionId", sessionId);
    remember("identity", identity);
    this.#state.identity.value = identity;
  }

  #forget(): void {
    remember("sessionId", null);
    remember("identity", null);
    this.#state.identity.value = "";
  }
}

function textOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === "string" && value !== "" ? value : otherwise;
}
