/** XEP-0327 0.9, https://xmpp.org/extensions/xep-0327.html: Rayo, as far as Jitsi's clients dial with it. */
import { ns } from "./namespaces.ts";
import { atMost, bounded, optionalText, type Read, reading, requiredText } from "./reading.ts";
import { childrenOf, type Element, el } from "./xml/element.ts";

export type Dial = {
  /** Number or SIP address, or a word that stands for a service. */
  readonly to: string;
  readonly from: string;
  readonly headers: Readonly<Record<string, string>>;
};

export function readDial(dial: Element): Read<Dial> {
  return reading(() => {
    const headers = atMost(childrenOf(dial, "header"), 16, "headers").map((header) => [
      requiredText(header, "name", 64),
      bounded(header.attrs.value ?? "", "value of <header>", 1_024),
    ]);
    return {
      to: requiredText(dial, "to", 256),
      from: optionalText(dial, "from", 256),
      headers: Object.fromEntries(headers),
    };
  });
}

/** COMPAT: lib-jitsi-meet hangs up what stands behind `xmpp:`, as it stands there. */
export function writeCallRef(callJid: string): Element {
  return el("ref", { xmlns: ns.rayo, uri: `xmpp:${callJid}` });
}
