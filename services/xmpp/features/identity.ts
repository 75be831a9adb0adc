import { writeIdentity, writePermissions } from "../codec/jitsi-identity.ts";
import { defaultPermissions, type Identity, isAuthenticated } from "../stream/identity.ts";
import type { Feature } from "./feature.ts";

/** What sign-in proved of somebody, in their presence; to themselves also what they may do. */
export function identity(): Feature {
  return {
    rooms: {
      name: "identity",
      presenceContent: (room, occupant, isOwn) => {
        const { identity: who } = occupant.receiver;
        return identityOf(who) + (isOwn ? permissionsOf(who, room.roleOf(occupant) === "moderator") : "");
      },
    },
  };
}

/** Identities never change, people get other ones. */
const written = new WeakMap<Identity, string>();

function identityOf(who: Identity): string {
  if (!isAuthenticated(who)) return "";
  let xml = written.get(who);
  if (xml === undefined) {
    xml = writeIdentity(who);
    written.set(who, xml);
  }
  return xml;
}

const ofModerators = writePermissions(Object.fromEntries(defaultPermissions.map((name) => [name, true])));

/** What a token says counts; where it says nothing, moderators may do what Jitsi's may. */
function permissionsOf({ features }: Identity, isModerator: boolean): string {
  if (features) return writePermissions(features);
  return isModerator ? ofModerators : "";
}
