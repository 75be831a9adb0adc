/** RFC 3921 session establishment: said to be optional, answered where a client asks for it all the same. */
import { ns } from "../codec/namespaces.ts";
import { done } from "../codec/rfc6120-stanza.ts";
import { type Feature, iqAbout } from "./feature.ts";

export function legacySession(): Feature {
  return { serverIqs: { [iqAbout("session", ns.session)]: () => done } };
}
