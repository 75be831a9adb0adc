/**
 * What browsers may do on our pages. Framing is allowed: schools embed rooms in their own sites. Our app loads nothing
 * from elsewhere and runs no inline script; `blob:` is for canvases, workers and previews it makes itself.
 */
export const appPolicy = [
  "default-src 'self'",
  "connect-src 'self' ws: wss:",
  "img-src 'self' data: blob:",
  "media-src 'self' blob: mediastream:",
  "worker-src 'self' blob:",
  "script-src 'self' 'wasm-unsafe-eval'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
].join("; ");

const permissions = [
  "camera",
  "microphone",
  "display-capture",
  "autoplay",
  "fullscreen",
  "picture-in-picture",
  "screen-wake-lock",
].map((name) => `${name}=(self)`);

const denied = ["geolocation", "payment", "usb", "serial", "hid", "midi"].map((name) => `${name}=()`);

export const commonHeaders: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  // A room's name is in its address, and is nobody else's business.
  "referrer-policy": "same-origin",
  "permissions-policy": [...permissions, ...denied].join(", "),
};

export const hstsHeader = "max-age=15552000";
