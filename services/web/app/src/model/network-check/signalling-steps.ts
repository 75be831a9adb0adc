import { xml } from "../../protocol/xml/element.ts";
import { XmppConnection } from "../../protocol/xmpp/connection.ts";
import { NS } from "../../protocol/xmpp/namespaces.ts";
import { SignInRefused } from "../../protocol/xmpp/sasl.ts";
import { openTransport } from "../call/transports.ts";
import type { AppConfig } from "../config.ts";
import { serviceUrl } from "../url.ts";
import { CHECK_ROOM } from "./check-room.ts";
import type { Finding } from "./finding.ts";

const CONNECT_MS = 8000;
const PINGS = 4;
/** Chat and knocking feel late then; sound and picture have a way of their own. */
export const SLOW_MS = 800;

type Tried =
  | { readonly isOpen: true; readonly openMs: number; readonly roundTripMs: number | undefined }
  | { readonly isOpen: false; readonly tookMs: number };

export async function tryWebSocket(config: AppConfig): Promise<Finding> {
  if (!config.websocket)
    return { step: "websocket", what: "absent", values: {}, detail: "config.js names no websocket" };
  const address = serviceUrl(config.websocket, location.href, {}, "ws");
  const tried = await tryStream({ ...config, preferBosh: false });
  if (!tried.isOpen)
    return { step: "websocket", what: "blocked", values: {}, detail: `${address}: no answer in ${tried.tookMs} ms` };
  const what = (tried.roundTripMs ?? 0) > SLOW_MS ? "slow" : "good";
  return {
    step: "websocket",
    what,
    values: { ms: tried.roundTripMs ?? tried.openMs },
    detail: described(address, tried),
  };
}

export async function tryBosh(config: AppConfig): Promise<Finding> {
  const address = serviceUrl(config.bosh, location.href, {}, "http");
  const tried = await tryStream({ ...config, preferBosh: true });
  if (!tried.isOpen)
    return { step: "bosh", what: "blocked", values: {}, detail: `${address}: no answer in ${tried.tookMs} ms` };
  return { step: "bosh", what: "good", values: {}, detail: described(address, tried) };
}

function described(address: string, { openMs, roundTripMs }: Extract<Tried, { isOpen: true }>): string {
  return `${address}: signed in after ${openMs} ms, round trip ${roundTripMs === undefined ? "unknown" : `${roundTripMs} ms`}`;
}

/** Signs in as a guest, asks for an echo a few times and goes. */
async function tryStream(config: AppConfig): Promise<Tried> {
  const { guestDomain } = config;
  const connection = new XmppConnection(
    guestDomain,
    (previousId) => openTransport(config, { roomName: CHECK_ROOM, token: undefined }, guestDomain, previousId),
    { stateChanged: () => {}, rebound: () => {}, stanza: () => false, refused: () => {} },
  );
  const begunAt = performance.now();
  const took = () => Math.round(performance.now() - begunAt);
  const timer = setTimeout(() => connection.close(), CONNECT_MS);
  try {
    await connection.connect();
    if (connection.state !== "connected") return { isOpen: false, tookMs: took() };
    const openMs = took();
    return { isOpen: true, openMs, roundTripMs: await roundTrip(connection, guestDomain) };
  } catch (error) {
    // Whoever refuses has answered.
    if (error instanceof SignInRefused) return { isOpen: true, openMs: took(), roundTripMs: undefined };
    return { isOpen: false, tookMs: took() };
  } finally {
    clearTimeout(timer);
    connection.close();
  }
}

/** The second best of four: one may be late for reasons of its own. */
async function roundTrip(connection: XmppConnection, domain: string): Promise<number | undefined> {
  const times: number[] = [];
  for (let count = 0; count < PINGS; count++) {
    const sentAt = performance.now();
    const isAnswered = await connection.request("get", domain, xml("ping", { xmlns: NS.ping })).then(
      () => true,
      () => false,
    );
    if (isAnswered) times.push(performance.now() - sentAt);
  }
  const sorted = times.sort((one, other) => one - other);
  const middle = sorted[Math.min(1, sorted.length - 1)];
  return middle === undefined ? undefined : Math.round(middle);
}
