import { BoshTransport } from "../../protocol/xmpp/bosh-transport.ts";
import type { Credentials } from "../../protocol/xmpp/scram.ts";
import type { Transport } from "../../protocol/xmpp/transport.ts";
import { WebSocketTransport } from "../../protocol/xmpp/websocket-transport.ts";
import type { AppConfig } from "../config.ts";
import { roomNode, serviceUrl } from "../url.ts";

export interface CallDetails {
  readonly roomName: string;
  readonly token: string | undefined;
  /** Of end-to-end encryption, where the link brings it. */
  readonly secret?: string | undefined;
  /** Of a recorder. */
  readonly account?: Account | undefined;
}

export interface Account {
  readonly domain: string;
  readonly credentials: Credentials;
}

/** Guests have a domain of their own, and so have recorders; who brings a token goes to the main one. */
export function domainOfCall(config: AppConfig, { token, account }: CallDetails): string {
  if (account) return account.domain;
  return token === undefined ? config.guestDomain : config.domain;
}

export function openTransport(
  { websocket, bosh, preferBosh }: AppConfig,
  { roomName, token }: CallDetails,
  domain: string,
  previousId: string | undefined,
): Transport {
  const parameters = { room: roomNode(roomName), token, previd: previousId };
  if (!websocket || preferBosh) return new BoshTransport(serviceUrl(bosh, location.href, parameters, "http"), domain);
  return new WebSocketTransport(serviceUrl(websocket, location.href, parameters, "ws"), domain);
}
