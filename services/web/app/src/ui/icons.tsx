import type { JSX } from "preact";

const PATHS = {
  mic: "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3Z M6 11a6 6 0 0 0 12 0 M12 17v4",
  micOff:
    "M9 9v2a3 3 0 0 0 4.6 2.5 M15 10V6a3 3 0 0 0-5.7-1.3 M6 11a6 6 0 0 0 9.4 4.9 M18 11a6 6 0 0 1-.6 2.6 M12 17v4 M4 3l16 18",
  camera: "M3 8a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2Z M15 11l6-3.5v9L15 13",
  cameraOff:
    "M7 6h6a2 2 0 0 1 2 2v3l6-3.5v9l-3-1.7 M15 15.5v.5a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V8a2 2 0 0 1 .8-1.6 M4 3l16 18",
  screen: "M3 6a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2Z M8 21h8 M12 14V8 M9 10.5 12 7.5l3 3",
  screenOff: "M3 6a2 2 0 0 1 2-2h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2Z M8 21h8 M9.5 8l5 5 M14.5 8l-5 5",
  hand: "M7 12V6.5a1.5 1.5 0 0 1 3 0V11 M10 11V4.5a1.5 1.5 0 0 1 3 0V11 M13 11V5.5a1.5 1.5 0 0 1 3 0V12 M16 12V8.5a1.5 1.5 0 0 1 3 0V14a7 7 0 0 1-7 7c-3 0-4.6-1.3-5.9-3.6L3.7 13.6a1.5 1.5 0 0 1 2.5-1.6L7.5 14",
  chat: "M4 5h16v11H11l-5 4v-4H4Z M8 9h8 M8 12h5",
  hangup: "M3 14.5c5.5-5 12.5-5 18 0l-2.3 2.7-4-1.6V12.7a9 9 0 0 0-5.4 0v2.9l-4 1.6Z",
  grid: "M4 4h7v7H4Z M13 4h7v7h-7Z M4 13h7v7H4Z M13 13h7v7h-7Z",
  stage: "M3 5h13v14H3Z M18 5h3v4h-3Z M18 10.5h3v4h-3Z M18 16h3v3h-3Z",
  link: "M10 14a4 4 0 0 0 5.7 0l3.5-3.5a4 4 0 0 0-5.7-5.7L12 6.3 M14 10a4 4 0 0 0-5.7 0l-3.5 3.5a4 4 0 0 0 5.7 5.7L12 17.7",
  lock: "M6 11h12v9H6Z M8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  more: "M5 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6Z M12 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6Z M19 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6Z",
  gear: "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z M12 3v3 M12 18v3 M3 12h3 M18 12h3 M5.6 5.6l2.1 2.1 M16.3 16.3l2.1 2.1 M5.6 18.4l2.1-2.1 M16.3 7.7l2.1-2.1",
  expand: "M4 9V4h5 M20 9V4h-5 M4 15v5h5 M20 15v5h-5",
  keyboard: "M3 7h18v10H3Z M7 10.5h.01 M11 10.5h.01 M15 10.5h.01 M8 14h8",
  close: "M6 6l12 12 M18 6 6 18",
  send: "M4 12 20 4l-5 16-3.5-6.5Z M11.5 13.5 20 4",
  refresh: "M20 11a8 8 0 0 0-14.5-3.5L4 9 M4 4v5h5 M4 13a8 8 0 0 0 14.5 3.5L20 15 M20 20v-5h-5",
  star: "M12 4l2.4 5 5.5.7-4 3.8 1 5.5-4.9-2.7L7.1 19l1-5.5-4-3.8L9.6 9Z",
  pin: "M9 4h6l-.8 6 3.3 3.5H6.5L9.8 10Z M12 13.5V20",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z M4.5 20a7.5 7.5 0 0 1 15 0",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z M12 8v4l3 2",
  speaker: "M4 10v4h4l5 4V6l-5 4Z M16 9a4 4 0 0 1 0 6",
} as const;

export type IconName = keyof typeof PATHS;

/** Drawn in the colour of the text around it; what it means is said by that text or by a label. */
export function Icon({ name, size = 22 }: { readonly name: IconName; readonly size?: number }): JSX.Element {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.8"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}

export function Logo({ size = 32 }: { readonly size?: number }): JSX.Element {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="#1f6f5c" />
      <path
        d="M8 10l8 13 8-13"
        fill="none"
        stroke="#fff"
        stroke-width="3.4"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
