import type { JSX } from "preact";
import { useApp } from "../parts/context.ts";

/** What the operator has to say to everybody, on every page outside a call. */
export function Notice(): JSX.Element | null {
  const { config } = useApp();
  if (!config.notice) return null;
  return (
    <p id="notice" class="page-notice" role="status" dir="auto">
      {config.notice}
    </p>
  );
}
