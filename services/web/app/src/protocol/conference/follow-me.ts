import { childNamed, type XmlElement, xml } from "../xml/element.ts";

/** What a moderator shows and others are to see as well, with Jitsi's words. */
export interface FollowMeState {
  readonly tileViewEnabled: boolean;
  readonly filmstripVisible: boolean;
  /** Endpoint id of who is large. */
  readonly nextOnStage: string | undefined;
}

const NAME = "follow-me";
const MAX_ID = 64;

export function followMeElement(state: FollowMeState | undefined): XmlElement {
  if (!state) return xml(NAME, { off: "true" });
  const { tileViewEnabled, filmstripVisible, nextOnStage } = state;
  return xml(NAME, {
    tileViewEnabled: String(tileViewEnabled),
    filmstripVisible: String(filmstripVisible),
    nextOnStage,
  });
}

/** "off": nobody is to follow any more. Undefined: nothing is said of it. */
export function readFollowMe(presence: XmlElement): FollowMeState | "off" | undefined {
  const element = childNamed(presence, NAME);
  if (!element) return undefined;
  const { off, tileViewEnabled, filmstripVisible, nextOnStage } = element.attrs;
  if (off === "true") return "off";
  return {
    tileViewEnabled: tileViewEnabled === "true",
    filmstripVisible: filmstripVisible !== "false",
    nextOnStage: nextOnStage && nextOnStage.length <= MAX_ID ? nextOnStage : undefined,
  };
}
