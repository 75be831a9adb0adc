import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

/** A part of the page that is fetched when it is first shown. */
export function lazy(load: () => Promise<() => JSX.Element | null>): () => JSX.Element {
  let loaded: (() => JSX.Element | null) | undefined;
  return function Lazy(): JSX.Element {
    const [, redraw] = useState(0);
    useEffect(() => {
      if (loaded) return;
      load().then(
        (component) => {
          loaded = component;
          redraw(1);
        },
        (error: unknown) => console.error("a part of the page could not be loaded", error),
      );
    }, []);
    const Loaded = loaded;
    return Loaded ? <Loaded /> : <span class="loading" role="status" aria-busy="true" />;
  };
}
