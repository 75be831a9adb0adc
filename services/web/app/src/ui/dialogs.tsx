import type { JSX } from "preact";
import { current, type DialogName } from "./parts/dialog.tsx";
import { lazy } from "./parts/lazy.tsx";

/** Each is fetched when it is first opened. */
const DIALOGS: Readonly<Record<DialogName, () => JSX.Element>> = {
  e2ee: lazy(async () => (await import("./e2ee/e2ee-dialog.tsx")).E2eeDialog),
  invite: lazy(async () => (await import("./people/invite-dialog.tsx")).Invite),
  login: lazy(async () => (await import("./before/login-dialog.tsx")).LoginDialog),
  liveStreaming: lazy(async () => (await import("./recording/live-stream-dialog.tsx")).LiveStreamDialog),
  recording: lazy(async () => (await import("./recording/recording-dialog.tsx")).RecordingDialog),
  question: lazy(async () => (await import("./people/question-dialog.tsx")).QuestionDialog),
  security: lazy(async () => (await import("./people/security-dialog.tsx")).Security),
  settings: lazy(async () => (await import("./settings/settings-dialog.tsx")).Settings),
  speakerStats: lazy(async () => (await import("./people/statistics-dialog.tsx")).Statistics),
  videoQuality: lazy(async () => (await import("./quality/quality-dialog.tsx")).QualityDialog),
  shortcuts: lazy(async () => (await import("./settings/shortcuts-dialog.tsx")).Shortcuts),
};

export function DialogHost(): JSX.Element | null {
  const Current = current.value && DIALOGS[current.value];
  return Current ? <Current /> : null;
}
