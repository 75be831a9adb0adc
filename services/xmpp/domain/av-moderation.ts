export type Media = "audio" | "video" | "desktop";
export const mediaNames: readonly Media[] = ["audio", "video", "desktop"];

/** One for each media that people may unmute only when a moderator has allowed them to. */
export type Moderation = ReadonlyMap<Media, Moderated>;
export type Moderated = {
  /** Endpoint of the moderator who turned it on. */
  readonly by: string;
  readonly allowed: ReadonlySet<string>;
};

export type ModerationInput =
  | { readonly type: "switched-on" | "switched-off"; readonly media: Media; readonly by: string }
  | { readonly type: "allowed" | "disallowed"; readonly media: Media; readonly endpoint: string }
  | { readonly type: "left"; readonly endpoint: string };

export type ModerationEffect =
  | { readonly type: "tell-all"; readonly media: Media; readonly isOn: boolean; readonly by: string }
  | { readonly type: "tell-moderators"; readonly media: Media; readonly isRemoval: boolean }
  | { readonly type: "tell-endpoint"; readonly media: Media; readonly endpoint: string; readonly isAllowed: boolean };

export type ModerationStep = { readonly moderation: Moderation; readonly effects: readonly ModerationEffect[] };

/** What repeats what is already so has no effects. */
export function moderate(moderation: Moderation, input: ModerationInput): ModerationStep {
  switch (input.type) {
    case "switched-on":
      return moderation.has(input.media) ? unchanged(moderation) : switchOn(moderation, input.media, input.by);
    case "switched-off":
      return moderation.has(input.media) ? switchOff(moderation, input.media, input.by) : unchanged(moderation);
    case "allowed":
    case "disallowed":
      return list(moderation, input.media, input.endpoint, input.type === "allowed");
    case "left":
      return forget(moderation, input.endpoint);
  }
}

function unchanged(moderation: Moderation): ModerationStep {
  return { moderation, effects: [] };
}

function switchOn(moderation: Moderation, media: Media, by: string): ModerationStep {
  return {
    moderation: new Map([...moderation, [media, { by, allowed: new Set<string>() }]]),
    effects: [
      { type: "tell-all", media, isOn: true, by },
      // A list from an earlier time would hide who is allowed again.
      { type: "tell-moderators", media, isRemoval: false },
    ],
  };
}

function switchOff(moderation: Moderation, media: Media, by: string): ModerationStep {
  const rest = new Map(moderation);
  rest.delete(media);
  return { moderation: rest, effects: [{ type: "tell-all", media, isOn: false, by }] };
}

function list(moderation: Moderation, media: Media, endpoint: string, isAllowed: boolean): ModerationStep {
  const moderated = moderation.get(media);
  if (!moderated || moderated.allowed.has(endpoint) === isAllowed) return unchanged(moderation);
  const allowed = new Set(moderated.allowed);
  if (isAllowed) allowed.add(endpoint);
  else allowed.delete(endpoint);
  return {
    moderation: new Map([...moderation, [media, { ...moderated, allowed }]]),
    effects: [
      { type: "tell-moderators", media, isRemoval: !isAllowed },
      { type: "tell-endpoint", media, endpoint, isAllowed },
    ],
  };
}

/** Who comes back later is another endpoint, or has to ask again. */
function forget(moderation: Moderation, endpoint: string): ModerationStep {
  const effects: ModerationEffect[] = [];
  const rest = new Map(moderation);
  for (const [media, moderated] of moderation) {
    if (!moderated.allowed.has(endpoint)) continue;
    const allowed = new Set(moderated.allowed);
    allowed.delete(endpoint);
    rest.set(media, { ...moderated, allowed });
    effects.push({ type: "tell-moderators", media, isRemoval: false });
  }
  return effects.length === 0 ? unchanged(moderation) : { moderation: rest, effects };
}
