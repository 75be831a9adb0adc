import { ns } from "../codec/namespaces.ts";
import { answer } from "../codec/rfc6120-stanza.ts";
import { type ExternalService, writeServices } from "../codec/xep0215-external-services.ts";
import { type Feature, iqAbout } from "./feature.ts";

/** STUN and TURN servers for clients; an empty list is an answer too. */
export function externalServices(services: readonly ExternalService[]): Feature {
  return {
    domainFeatures: [ns.extdisco2],
    serverIqs: {
      [iqAbout("services", ns.extdisco2)]: () => answer(writeServices(ns.extdisco2, services)),
      [iqAbout("services", ns.extdisco1)]: () => answer(writeServices(ns.extdisco1, services)),
    },
  };
}
