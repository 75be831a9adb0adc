/** XEP-0030 2.5, https://xmpp.org/extensions/xep-0030.html: what an entity is and can do. */
import { createHash } from "node:crypto";
import { ns } from "./namespaces.ts";
import { atMost, bounded, type Read, reading, unreadable } from "./reading.ts";
import { childrenOf, type Element, el, isElement } from "./xml/element.ts";

export type Identity = {
  readonly category: string;
  readonly type: string;
  readonly name?: string;
  readonly language?: string;
};

export type DiscoInfo = {
  readonly identities: readonly Identity[];
  readonly features: readonly string[];
};

const maxFeatures = 256;

export function writeInfo(info: DiscoInfo, node?: string, form?: Element): Element {
  return el(
    "query",
    { xmlns: ns.discoInfo, node },
    info.identities.map(({ category, type, name }) => el("identity", { category, type, name })),
    info.features.map((feature) => el("feature", { var: feature })),
    form,
  );
}

export function infoRequest(node?: string): Element {
  return el("query", { xmlns: ns.discoInfo, node });
}

export function readInfo(query: Element | undefined): Read<DiscoInfo> {
  return reading(() => {
    if (!query || !isElement(query, "query", ns.discoInfo)) return unreadable("expected disco#info");
    const identities = atMost(childrenOf(query, "identity"), 16, "identities").map(({ attrs }) => ({
      category: bounded(attrs.category ?? "", "category", 128),
      type: bounded(attrs.type ?? "", "type", 128),
      name: bounded(attrs.name ?? "", "name", 256),
      language: bounded(attrs["xml:lang"] ?? "", "xml:lang", 64),
    }));
    const features = atMost(childrenOf(query, "feature"), maxFeatures, "features")
      .map(({ attrs }) => bounded(attrs.var ?? "", "feature", 256))
      .filter((feature) => feature !== "");
    return { identities, features };
  });
}

/** XEP-0115 section 5.1: the `ver` of what was answered, for entities without forms. */
export function verificationOf({ identities, features }: DiscoInfo): string {
  const parts = [
    ...identities
      .map(({ category, type, language, name }) => `${category}/${type}/${language ?? ""}/${name ?? ""}`)
      .sort(),
    ...[...features].sort(),
  ];
  return createHash("sha1")
    .update(parts.map((part) => `${part}<`).join(""))
    .digest("base64");
}
