import { stanzaError } from "../codec/rfc6120-stanza.ts";
import type { Domains } from "../domains.ts";
import type { Feature } from "./feature.ts";

const unavailable = stanzaError(
  "cancel",
  "feature-not-implemented",
  "files are not shared here: this server has no service that stores them",
);

/** Sharing files needs a service that stores them, which there is none of: clients are not told of it, and hear why. */
export function fileSharing({ domains }: { readonly domains: Domains }): Feature {
  return {
    hosts: { [domains.component("filesharing")]: { message: () => unavailable } },
  };
}
