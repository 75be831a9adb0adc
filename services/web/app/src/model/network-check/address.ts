import type { Place } from "../url.ts";

export const NETWORK_CHECK_PATH = "/static/network-check.html";

/** The web server has files in this folder, and no rooms. */
export function isNetworkCheck({ tenant, roomName }: Place): boolean {
  return tenant === "static" && roomName === "network-check.html";
}
