import type { RecorderPresence, RecordingMode } from "../../protocol/conference/recording.ts";
import type { Account } from "../call/transports.ts";

/** Who films, as whoever started the browser has put it into the page's storage, with Jibri's keys. */
export interface RecorderVisitor {
  readonly account: Account;
  readonly name: string;
  readonly presence: RecorderPresence;
}

const MODES: readonly RecordingMode[] = ["file", "stream"];

/**
 * From `xmpp_username_override` (user@domain), `xmpp_password_override`, `displayname`, and what the room is told:
 * `recorder_mode`, `recorder_session_id`, `recorder_view_url`. Undefined without an account of the hidden domain: then
 * nobody but a stranger's link has asked for this page.
 */
export function readVisitor(
  storage: Pick<Storage, "getItem">,
  hiddenDomain: string | undefined,
): RecorderVisitor | undefined {
  const text = (key: string) => unquoted(storage.getItem(key) ?? "");
  const [name = "", domain = "", ...more] = text("xmpp_username_override").split("@");
  const password = text("xmpp_password_override");
  if (!name || !domain || more.length > 0 || !password || domain !== hiddenDomain) return undefined;
  const mode = MODES.find((each) => each === text("recorder_mode")) ?? "file";
  return {
    account: { domain, credentials: { name, password, isKept: true } },
    name: text("displayname"),
    presence: { id: text("recorder_session_id"), mode, viewUrl: text("recorder_view_url") },
  };
}

/** Some write what they keep as JSON. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === "string" ? read : text;
  } catch {
    return text;
  }
}
