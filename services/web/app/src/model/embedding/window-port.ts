import type { Port } from "../../protocol/embedding/peer.ts";

/** The page around us, or the one that opened this window; undefined where there is neither. */
export function outerWindow(): Window | undefined {
  const outer = (window.opener as Window | null) ?? window.parent;
  return outer === window ? undefined : outer;
}

/**
 * Speaks with that window and nobody else. Browsers that know name its origin; else it is the first one that speaks
 * from that very window. What goes on in the meeting is told to that origin only.
 */
export function outerPort(outer: Window, isRelevant: (data: unknown) => boolean): Port {
  let origin = knownOrigin(outer);
  return {
    post: (text, kind) => {
      // A page from a file has no origin that could be named.
      const target = kind === "greeting" || origin === "null" ? "*" : origin;
      if (target !== undefined) outer.postMessage(text, target);
    },
    listen: (hear) => {
      const listener = (event: MessageEvent) => {
        if (event.source !== outer) return;
        if (origin === undefined && isRelevant(event.data)) origin = event.origin;
        if (event.origin === origin) hear(event.data);
      };
      addEventListener("message", listener);
      return () => removeEventListener("message", listener);
    },
  };
}

function knownOrigin(outer: Window): string | undefined {
  const [parent] = location.ancestorOrigins ?? [];
  return outer === window.parent ? parent : undefined;
}
