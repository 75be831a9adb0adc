/** What the address of a request means: the table of the public origin. */
export type Route =
  | { readonly type: "page"; readonly tenant: string | undefined }
  | { readonly type: "file"; readonly path: string }
  | { readonly type: "well-known"; readonly path: string }
  | { readonly type: "who" }
  /** An authority looks whether this server is who it says (RFC 8555, 8.3). */
  | { readonly type: "acme-challenge"; readonly token: string; readonly path: string }
  | { readonly type: "config"; readonly tenant: string | undefined }
  | { readonly type: "interface-config" }
  | { readonly type: "ca-page" }
  | { readonly type: "ca-certificate" }
  | { readonly type: "xmpp"; readonly target: string; readonly isWebSocket: boolean }
  | { readonly type: "focus"; readonly target: string }
  | { readonly type: "library"; readonly target: string }
  | { readonly type: "dial-in"; readonly target: string }
  | { readonly type: "bridge-channel"; readonly bridge: string; readonly target: string }
  | { readonly type: "refused"; readonly status: 400 | 404 | 414; readonly reason: string };

export const maxTargetLength = 8 * 1024;
const maxSegments = 16;

/** Folders of a web app: everything below them is a file, never a room. */
const fileFolders = new Set([
  "assets",
  "libs",
  "css",
  "static",
  "images",
  "fonts",
  "lang",
  "sounds",
  "connection_optimization",
]);

/** Answered on the private listener only. */
const privatePaths = new Set(["about/health", "about/version", "metrics"]);

/** A closed list, so that a room may be called "Урок 1.2" or "john.smith" while a missing script stays a 404. */
const fileName =
  /\.(?:js|mjs|css|map|json|html?|ico|png|svg|jpe?g|gif|webp|avif|woff2?|ttf|otf|wasm|mp3|ogg|opus|wav|mp4|webm|txt|xml|pdf|webmanifest|php|aspx?|jsp|cgi|env|crt|pem|key|zip|gz|br|tflite|onnx|bin)$/i;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
const unsafe = /[\u0000-\u001f\u007f\\/]/;

/** As in the domain of a tenant's rooms, muc.<tenant>.meet.jitsi. */
const tenantName = /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,62}$/u;

type Split = { readonly segments: readonly string[]; readonly query: string };

export function resolveTarget(target: string): Route {
  if (target.length > maxTargetLength) {
    return { type: "refused", status: 414, reason: `address: expected ≤ ${maxTargetLength} characters` };
  }
  const split = splitTarget(target);
  if (split === undefined) {
    return { type: "refused", status: 400, reason: "address: expected a path of percent-encoded UTF-8 segments" };
  }
  const notFound: Route = { type: "refused", status: 404, reason: "nothing at this address" };
  if (split.segments.length > maxSegments || split.segments.includes("")) return notFound;
  if (privatePaths.has(split.segments.join("/"))) return notFound;
  const [first, ...rest] = split.segments;
  const known = resolveKnown(split, undefined);
  if (known !== undefined) return known;
  if (first === undefined || rest.length === 0) return { type: "page", tenant: undefined };
  const tenant = first.normalize("NFKC").toLowerCase();
  if (!tenantName.test(tenant)) return notFound;
  const page: Route = { type: "page", tenant };
  return resolveKnown({ ...split, segments: rest }, tenant) ?? (rest.length === 1 ? page : notFound);
}

function splitTarget(target: string): Split | undefined {
  if (!target.startsWith("/") || target.includes("#")) return undefined;
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const segments = [];
  for (const part of path.slice(1).replace(/\/$/, "").split("/")) {
    const segment = decodeSegment(part);
    if (segment === undefined) return undefined;
    segments.push(segment);
  }
  if (segments.length === 1 && segments[0] === "") segments.pop();
  return { segments, query: mark < 0 ? "" : target.slice(mark + 1) };
}

function decodeSegment(part: string): string | undefined {
  try {
    const segment = decodeURIComponent(part);
    return unsafe.test(segment) || segment === "." || segment === ".." ? undefined : segment;
  } catch {
    return undefined;
  }
}

function resolveKnown({ segments, query }: Split, tenant: string | undefined): Route | undefined {
  const path = segments.join("/");
  const [first, second] = segments;
  switch (path) {
    case "http-bind":
    case "_api/room-info":
      return { type: "xmpp", target: withPrefix(`/${path}`, query, tenant), isWebSocket: false };
    case "xmpp-websocket":
      return { type: "xmpp", target: withPrefix("/xmpp-websocket", query, tenant), isWebSocket: true };
    case "conference-request/v1":
      return { type: "focus", target: withPrefix("/conference-request/v1", query, tenant) };
    case "dial-in/numbers":
    case "dial-in/code":
      return { type: "dial-in", target: encoded(segments, query) };
    case "config.js":
      return { type: "config", tenant };
    case "interface_config.js":
      return { type: "interface-config" };
  }
  if (tenant === undefined && path === ".well-known/veche") return { type: "who" };
  if (tenant === undefined && path === "ca") return { type: "ca-page" };
  if (tenant === undefined && path === "ca.crt") return { type: "ca-certificate" };
  if (tenant === undefined && first === "recordings" && second === "api" && segments.length > 2) {
    return { type: "library", target: encoded(segments, query) };
  }
  if (first === "colibri-ws" && second !== undefined && segments.length > 2) {
    return { type: "bridge-channel", bridge: second, target: encoded(segments, query) };
  }
  if (tenant === undefined && segments.length === 3 && path.startsWith(".well-known/acme-challenge/")) {
    return { type: "acme-challenge", token: segments[2] ?? "", path };
  }
  if (first === ".well-known" && segments.length > 1) return { type: "well-known", path };
  const isInFolder = first !== undefined && fileFolders.has(first) && segments.length > 1;
  const isFileName = segments.length === 1 && first !== undefined && fileName.test(first);
  return isInFolder || isFileName ? { type: "file", path } : undefined;
}

function encoded(segments: readonly string[], query: string): string {
  return `/${segments.map(encodeURIComponent).join("/")}${query === "" ? "" : `?${query}`}`;
}

/** The tenant is said by this role alone: a `prefix` of the client's own is left out. */
function withPrefix(path: string, query: string, tenant: string | undefined): string {
  const kept = query.split("&").filter((part) => part !== "" && parameterName(part) !== "prefix");
  if (tenant !== undefined) kept.unshift(`prefix=${encodeURIComponent(tenant)}`);
  return kept.length === 0 ? path : `${path}?${kept.join("&")}`;
}

function parameterName(part: string): string {
  const name = part.split("=", 1)[0] ?? "";
  try {
    return decodeURIComponent(name.replaceAll("+", " ")).trim().toLowerCase();
  } catch {
    return name;
  }
}
