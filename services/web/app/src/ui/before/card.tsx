import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../parts/context.ts";
import { Icon, type IconName } from "../parts/icons.tsx";
import { TopBar } from "./top-bar.tsx";
import "./card.css";

interface CardProps {
  readonly title: string;
  readonly id: string;
  readonly icon?: IconName;
  /** Somebody is to type something at once. */
  readonly hasField?: boolean;
  readonly children?: ComponentChildren;
}

/** A page with one thing to say. */
export function Card({ title, id, icon, hasField = false, children }: CardProps): JSX.Element {
  const { place } = useApp();
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever does not see that the page is another one hears it.
  useEffect(() => {
    if (!hasField) heading.current?.focus({ preventScroll: true });
  }, [id, hasField]);
  return (
    <div class="page">
      <TopBar />
      <main id={id} class="card">
        {icon && (
          <span class="card-sign">
            <Icon name={icon} size={26} />
          </span>
        )}
        <p class="card-room" dir="auto">
          {place.roomName}
        </p>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {children}
      </main>
    </div>
  );
}
