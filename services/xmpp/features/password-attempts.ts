import type { Clock } from "@veche/kit/clock.ts";
import { stanzaError } from "../codec/rfc6120-stanza.ts";
import { readJoin } from "../codec/xep0045-muc.ts";
import { Rates } from "../domain/rates.ts";
import { TokenBuckets } from "../domain/token-bucket.ts";
import type { Limits } from "../limits.ts";
import type { Session } from "../stream/session.ts";
import type { Feature } from "./feature.ts";

const tooMany = stanzaError("wait", "resource-constraint", "too many attempts; try again in a minute");

/** Nobody tries the passwords of rooms one after the other. The right one, too, is not looked at beyond the rate. */
export function passwordAttempts({ clock, limits }: { readonly clock: Clock; readonly limits: Limits }): Feature {
  const perSession = new Rates<Session>(limits.roomPasswords.perSession);
  const perAddress = new TokenBuckets(limits.roomPasswords.perAddress);
  return {
    rooms: {
      name: "password-attempts",
      refuseEntry: (room, { session, presence }) => {
        if (room.password === "" || readJoin(presence)?.password === undefined) return undefined;
        const now = clock.now();
        const isSlow = perSession.take(session, now) && perAddress.take(session.arrival.address, now);
        return isSlow ? undefined : tooMany;
      },
    },
  };
}
