import { signal } from "@preact/signals-core";

export interface LobbyLine {
  /** With whom: who waits, for moderators; for whoever waits, "". */
  readonly with: string;
  readonly text: string;
  readonly isOwn: boolean;
}

export const MAX_LOBBY_LINES = 100;

/** What is said before the door, for either side of it. */
export class LobbyTalk {
  readonly lines = signal<readonly LobbyLine[]>([]);

  add(line: LobbyLine): void {
    this.lines.value = [...this.lines.value, line].slice(-MAX_LOBBY_LINES);
  }

  forget(whom: string): void {
    this.lines.value = this.lines.value.filter((line) => line.with !== whom);
  }
}
