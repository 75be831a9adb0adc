/** XEP-0199 2.0, https://xmpp.org/extensions/xep-0199.html. */
import { ns } from "../codec/namespaces.ts";
import { done } from "../codec/rfc6120-stanza.ts";
import { type Feature, iqAbout } from "./feature.ts";

export function ping(): Feature {
  const key = iqAbout("ping", ns.ping);
  return {
    domainFeatures: [ns.ping],
    serverIqs: { [key]: () => done },
    focusComponentIqs: { [key]: () => done },
    mucHostIqs: { [key]: () => done },
    roomIqs: { [key]: () => done },
    focusOccupantIqs: { [key]: () => done },
  };
}
