import { chooseLanguage } from "../../i18n/i18n.ts";
import type { AppConfig } from "../config.ts";
import { roomPath } from "../url.ts";
import { randomRoomName, secureBelow } from "./room-name.ts";
import { sharedRoom } from "./shared-link.ts";

/** Where an address without a room leads, when not to the page where rooms are named. */
export function wayOn(config: AppConfig, query: URLSearchParams, origin: string): string | undefined {
  const shared = sharedRoom(query, origin);
  if (shared !== undefined) return shared;
  if (config.homeUrl !== "/") return config.homeUrl;
  if (config.welcomePage) return undefined;
  // As Jitsi's app does where it has no such page.
  const language = chooseLanguage([config.defaultLanguage, ...navigator.languages]);
  return roomPath({ roomName: randomRoomName(language, secureBelow), tenant: "" }) + location.search;
}
