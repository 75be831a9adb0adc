import type { App } from "../../model/app.ts";
import { roomPath } from "../../model/url.ts";

/** Without the token and the wishes that this page's own address may carry. */
export function meetingLink({ place }: App): string {
  return location.origin + roomPath(place);
}

/** As people read it; a space would end a link that is copied by hand. */
export function readableLink(app: App): string {
  return decodeURI(meetingLink(app)).replaceAll(" ", "%20");
}

export function copyLink(app: App): Promise<void> {
  return copyText(app, meetingLink(app));
}

export async function copyText(app: App, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    app.state.notices.show("addPeople.linkCopied");
  } catch {
    // Pages without https have no clipboard; the dialog shows the link for copying by hand.
    app.state.notices.show("notify.actionFailed", { kind: "error" });
  }
}
