/** In Jitsi's order. Tests read it in Node, too: it imports nothing. */
export const TABS = [
  "audio",
  "video",
  "background",
  "notifications",
  "moderator",
  "profile",
  "shortcuts",
  "more",
] as const;

export type Tab = (typeof TABS)[number];
