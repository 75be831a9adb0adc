/** One BOSH request by its bytes. */

export const boshNamespace = "http://jabber.org/protocol/httpbind";

export type BoshAnswer = { readonly status: number; readonly text: string };

export async function postBosh(httpOrigin: string, body: string): Promise<BoshAnswer> {
  const answer = await fetch(`${httpOrigin}/http-bind?room=bad-input`, {
    method: "POST",
    headers: { "Content-Type": "text/xml; charset=utf-8" },
    body,
    signal: AbortSignal.timeout(8_000),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Refused: told so by a status of the 4xx, or by a terminating body with one of these conditions. */
export function isRefusal(answer: BoshAnswer, condition: RegExp): boolean {
  if (answer.status >= 400 && answer.status < 500) return true;
  return answer.status === 200 && /type=["']terminate["']/.test(answer.text) && condition.test(answer.text);
}

export async function openBoshSession(httpOrigin: string, rid: number): Promise<string> {
  const { text, status } = await postBosh(
    httpOrigin,
    `<body rid="${rid}" xmlns="${boshNamespace}" to="meet.jitsi" xml:lang="en" wait="1" hold="1" ` +
      `content="text/xml; charset=utf-8" ver="1.6" xmpp:version="1.0" xmlns:xmpp="urn:xmpp:xbosh"/>`,
  );
  const sid = /\ssid=["']([^"']+)["']/.exec(text)?.[1];
  if (sid === undefined) throw new Error(`no BOSH session: ${status} ${text}`);
  return sid;
}
