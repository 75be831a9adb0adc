import type { ComponentChildren, JSX } from "preact";
import { useApp } from "../parts/context.ts";
import { Logo } from "../parts/icons.tsx";

/** A page with one thing to say. */
export function Card({
  title,
  id,
  children,
}: {
  readonly title: string;
  readonly id: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  const { place } = useApp();
  return (
    <div class="page end">
      <header class="page-top">
        <a class="brand" href="/">
          <Logo /> Veche
        </a>
      </header>
      <main id={id} class="card">
        <p class="card-room">{place.roomName}</p>
        <h1>{title}</h1>
        {children}
      </main>
    </div>
  );
}
