import type { JSX } from "preact";

let loading: Promise<() => JSX.Element> | undefined;

/** What a call is shown with is no part of the first load; whoever stands before a call has it fetched in the meantime. */
export function callPage(): Promise<() => JSX.Element> {
  loading ??= import("./call-page.tsx").then(({ CallPage }) => CallPage);
  return loading;
}

export function loadCallPage(): void {
  callPage().catch(() => {
    // It is asked for again, and then missed, when the call is shown.
    loading = undefined;
  });
}
