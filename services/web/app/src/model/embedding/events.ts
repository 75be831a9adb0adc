import type { Embedder } from "./embedder.ts";
import { tellMediaEvents } from "./media-events.ts";
import { tellMeetingEvents } from "./meeting-events.ts";
import { tellPageEvents } from "./page-events.ts";
import { tellPeopleEvents } from "./people-events.ts";
import { tellRecordingEvents } from "./recording-events.ts";
import { tellTalkEvents } from "./talk-events.ts";

/** From now on the embedding page hears what happens; what was before it hears as far as it still is so. */
export function tellEvents(embedder: Embedder): void {
  const { tell } = embedder;
  tell("browser-support", { supported: true });
  tell("ready");
  tellMeetingEvents(embedder);
  tellPeopleEvents(embedder);
  tellMediaEvents(embedder);
  tellTalkEvents(embedder);
  tellRecordingEvents(embedder);
  tellPageEvents(embedder);
}
