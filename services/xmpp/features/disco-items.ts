import { ns } from "../codec/namespaces.ts";
import { answer } from "../codec/rfc6120-stanza.ts";
import { el } from "../codec/xml/element.ts";
import { type Feature, iqAbout } from "./feature.ts";

/** disco#items: the components of the domain. Rooms and their occupants are nobody's business who is not in them. */
export function discoItems(components: readonly string[]): Feature {
  const key = iqAbout("query", ns.discoItems);
  const empty = () => answer(el("query", { xmlns: ns.discoItems }));
  return {
    domainFeatures: [ns.discoItems],
    serverIqs: {
      [key]: () =>
        answer(
          el(
            "query",
            { xmlns: ns.discoItems },
            components.map((jid) => el("item", { jid })),
          ),
        ),
    },
    mucHostIqs: { [key]: empty },
    roomIqs: { [key]: empty },
  };
}
