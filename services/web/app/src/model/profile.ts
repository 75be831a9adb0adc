import { effect, signal, untracked } from "@preact/signals-core";
import { xml } from "../protocol/xml/element.ts";
import type { CallState } from "./call/state.ts";
import { MAX_EMAIL } from "./settings.ts";

const MAX_URL = 2000;

interface Said {
  readonly email: unknown;
  readonly avatarUrl: unknown;
}

/** What others know of us beside the name: from the token, the address, the embedding page or the person. */
export class Profile {
  readonly email = signal("");
  /** For clients that show it; this app asks no other server for pictures. */
  readonly avatarUrl = signal("");

  /** The first that says something is believed. */
  constructor(state: CallState, said: readonly Said[]) {
    for (const { email, avatarUrl } of said.toReversed()) {
      if (typeof email === "string" && email !== "") this.email.value = email;
      if (typeof avatarUrl === "string" && avatarUrl !== "") this.avatarUrl.value = avatarUrl;
    }
    effect(() => {
      const email = this.email.value.slice(0, MAX_EMAIL);
      const avatarUrl = this.avatarUrl.value.slice(0, MAX_URL);
      untracked(() => {
        state.setOwnPresence("email", email === "" ? undefined : xml("email", {}, email));
        state.setOwnPresence("avatar", avatarUrl === "" ? undefined : xml("avatar-url", {}, avatarUrl));
      });
    });
  }
}
