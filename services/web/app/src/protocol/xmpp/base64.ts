const encoder = new TextEncoder();

export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

export function toBase64(data: string | Uint8Array): string {
  const bytes = typeof data === "string" ? toBytes(data) : data;
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** Throws on what is not base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export function textFromBase64(text: string): string {
  return new TextDecoder().decode(fromBase64(text));
}
