import { refuse, stanzaError } from "../codec/rfc6120-stanza.ts";
import { el } from "../codec/xml/element.ts";
import type { Domains } from "../domains.ts";
import { type Feature, iqAbout } from "./feature.ts";

const namespace = "jitsi:visitors";

/** COMPAT: the application-specific child is what lib-jitsi-meet recognises. */
const refused = stanzaError("cancel", "feature-not-implemented", "there are no visitors here: everybody takes part", [
  el("promotion-not-allowed", { xmlns: namespace }),
]);

/** Visitors, who watch a meeting without taking part, there are none: what asks for them is refused, and nothing is announced. */
export function visitors(domains: Domains): Feature {
  const key = iqAbout("visitors", namespace);
  const iqs = { [key]: () => refuse(refused) };
  return {
    neverBetweenOccupants: [key],
    roomIqs: iqs,
    serverIqs: iqs,
    focusOccupantIqs: iqs,
    hosts: { [domains.component("visitors")]: { iqs } },
  };
}
