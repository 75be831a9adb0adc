/** Requests of ours, with digest where they are challenged. */
import { readChallenges } from "../challenge.ts";
import type { Credentials } from "../digest.ts";
import type { Answer, Asked, Asking, Link, SipMessage, Unsent } from "./link.ts";

export type Asker = {
  /** Not of challenges that are met. */
  readonly answered: (answer: Answer) => void;
  /** Once for each time that it is sent. */
  readonly begun?: (asking: Asking) => void;
  readonly failed: (why: Unsent) => void;
};

export function ask(link: Link, asked: Asked, credentials: Credentials | undefined, asker: Asker): void {
  let sent: SipMessage | undefined;
  let tries = 0;
  const send = (headers: Asked["headers"]) => {
    tries += 1;
    link.ask(
      { ...asked, headers },
      (answer) => {
        const met = sent && tries <= 2 && meet(answer.message, sent, credentials, tries);
        if (met && sent) send({ ...asked.headers, ...(asked.dialogId === undefined ? again(sent) : {}), ...met });
        else asker.answered(answer);
      },
      (asking) => {
        sent = asking.sent;
        asker.begun?.(asking);
      },
      asker.failed,
    );
  };
  send(asked.headers);
}

/** The final answer; 503 where nothing could be sent, 481 where the dialog is gone. */
export function askOnce(
  link: Link,
  asked: Asked,
  credentials: Credentials | undefined,
): Promise<SipMessage | 481 | 503> {
  return new Promise((resolve) => {
    ask(link, asked, credentials, {
      answered: ({ message }) => {
        if (message.status >= 200) resolve(message);
      },
      failed: ({ isDialogGone }) => resolve(asked.dialogId !== undefined && isDialogGone ? 481 : 503),
    });
  });
}

/** What says that it is the same request once more: it stays of one Call-ID and tag (RFC 3261, 22.1). */
export function again(sent: SipMessage): Record<string, string> {
  const cseq = Number.parseInt(sent.header("cseq") ?? "0", 10);
  return {
    "Call-ID": sent.header("call-id") ?? "",
    From: sent.header("from") ?? "",
    CSeq: `${cseq + 1} ${sent.method}`,
  };
}

/** A second challenge is met only where the first nonce was stale. */
function meet(
  answer: SipMessage,
  sent: SipMessage,
  credentials: Credentials | undefined,
  tries: number,
): Record<string, string> | undefined {
  if (!credentials || (answer.status !== 401 && answer.status !== 407)) return undefined;
  const [asks, says] =
    answer.status === 401 ? ["www-authenticate", "Authorization"] : ["proxy-authenticate", "Proxy-Authorization"];
  const value = answer.header(asks);
  if (tries === 2 && !/\bstale\s*=\s*"?true/i.test(value ?? "")) return undefined;
  const request = { method: sent.method, ruri: { toRaw: () => sent.uri } };
  const isMet = readChallenges(value).some((challenge) => credentials.authenticate(request, challenge));
  return isMet ? { [says]: credentials.toString() } : undefined;
}
