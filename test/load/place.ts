import type { LocalStack } from "@veche/deploy/local/stack.ts";
import { domain, mucDomain } from "../harness/wire-client.ts";
import type { Place } from "./participant.ts";

/** Where participants of a local stack turn to. */
export function placeOf({ ports, urls }: LocalStack): Place {
  return { port: ports.xmpp, domain, mucDomain, webOrigin: urls.http };
}
