export type Size = number | string;

interface FrameOptions {
  readonly width?: Size;
  readonly height?: Size;
  readonly parentNode?: Node;
  readonly sandbox?: string;
}

/** What the embedding page lets the meeting use. */
const ALLOW = [
  "autoplay",
  "camera",
  "clipboard-write",
  "compute-pressure",
  "display-capture",
  "fullscreen",
  "hid",
  "microphone",
  "picture-in-picture",
  "screen-wake-lock",
  "speaker-selection",
].join("; ");

const SIZE = /^\s*\d*\.?\d+(?:em|pt|px|(?:[dls]?v)[hw]|%)\s*$/;

export function openFrame(url: string, id: number, options: FrameOptions): HTMLIFrameElement {
  const frame = document.createElement("iframe");
  frame.allow = ALLOW;
  frame.name = `jitsiConferenceFrame${id}`;
  frame.id = frame.name;
  frame.setAttribute("allowfullscreen", "true");
  if (options.sandbox) frame.setAttribute("sandbox", options.sandbox);
  frame.style.border = "0";
  resizeFrame(frame, options.height ?? "100%", options.width ?? "100%");
  frame.src = url;
  (options.parentNode ?? document.body).appendChild(frame);
  return frame;
}

/** Numbers are pixels; whatever is no size changes nothing. */
export function resizeFrame(frame: HTMLIFrameElement, height: Size, width: Size): void {
  frame.style.height = cssSize(height) ?? frame.style.height;
  frame.style.width = cssSize(width) ?? frame.style.width;
}

export function cssSize(size: Size): string | undefined {
  if (typeof size === "number") return `${size}px`;
  return SIZE.test(size) ? size : undefined;
}
