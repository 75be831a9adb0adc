import { chooseLanguage, type Language } from "../../i18n/i18n.ts";
import type { AppConfig } from "../config.ts";
import { roomPath } from "../url.ts";
import { sharedRoom } from "./shared-link.ts";

type Way = Pick<AppConfig, "defaultLanguage" | "homeUrl" | "welcomePage">;

/** Where an address without a room leads, when not to the page where rooms are named. */
export function wayOn(
  { defaultLanguage, homeUrl, welcomePage }: Way,
  address: URL,
): Promise<string> | string | undefined {
  const shared = sharedRoom(address.searchParams, address.origin);
  if (shared !== undefined) return shared;
  // A start page that names this very address would lead in a circle.
  const { origin, pathname } = new URL(homeUrl, address);
  if (origin !== address.origin || pathname !== address.pathname) return homeUrl;
  if (welcomePage) return undefined;
  // As Jitsi's app does where it has no such page.
  return roomOfItsOwn(chooseLanguage([defaultLanguage, ...navigator.languages]), address.search);
}

async function roomOfItsOwn(language: Language, search: string): Promise<string> {
  const { randomRoomName, secureBelow } = await import("./room-name.ts");
  return roomPath({ roomName: randomRoomName(language, secureBelow), tenant: "" }) + search;
}
