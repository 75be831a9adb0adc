/** RFC 7622, XMPP addresses. The only place that knows @xmpp/jid. */
import { detectEscape, parse } from "@xmpp/jid";

export type Jid = {
  /** "" where there is none. */
  readonly local: string;
  readonly domain: string;
  readonly resource: string;
  readonly bare: string;
  readonly full: string;
};

const partBytes = 1023;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const refusedAnywhere = /[\u0000-\u001f\u007f\ufffe\uffff]/;
const domainName = /^[\p{L}\p{N}]([\p{L}\p{N}._-]*[\p{L}\p{N}])?$/u;

/** The address, its local part and domain in lower case; undefined where it is none. */
export function parseJid(text: string | undefined): Jid | undefined {
  if (text === undefined || text === "" || text.length > 3 * partBytes || refusedAnywhere.test(text)) return undefined;
  const separator = text.indexOf("/");
  const at = text.indexOf("@");
  if (at === 0 || separator === text.length - 1) return undefined;
  const address = separator < 0 ? text : text.slice(0, separator);
  if (at >= 0 && address.indexOf("@", at + 1) >= 0) return undefined;
  const local = at >= 0 && at < address.length ? address.slice(0, at) : "";
  if (local !== "" && (detectEscape(local) || /\s/u.test(local))) return undefined;
  if (!domainName.test(local === "" ? address : address.slice(at + 1))) return undefined;
  const jid = parse(text);
  if ([jid.local, jid.domain, jid.resource].some((part) => Buffer.byteLength(part) > partBytes)) return undefined;
  return makeJid(jid.local, jid.domain, jid.resource);
}

export function makeJid(local: string, domain: string, resource = ""): Jid {
  const bare = local === "" ? domain : `${local}@${domain}`;
  return { local, domain, resource, bare, full: resource === "" ? bare : `${bare}/${resource}` };
}

export function bareOf(fullJid: string): string {
  const separator = fullJid.indexOf("/");
  return separator < 0 ? fullJid : fullJid.slice(0, separator);
}
