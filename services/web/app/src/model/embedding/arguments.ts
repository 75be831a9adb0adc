// What comes from the embedding page is anything until it was looked at.

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function isVideo(mediaType: unknown): boolean {
  return mediaType === "video";
}

export function mediaOf(mediaType: unknown): "audio" | "video" | "desktop" {
  return mediaType === "video" || mediaType === "desktop" ? mediaType : "audio";
}
