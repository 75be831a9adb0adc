import { signal } from "@preact/signals-core";
import { remember, remembered } from "../../remembered.ts";
import { PICTURE_SIZE } from "./pictures.ts";

/** One of this person's own, kept in this browser only. */
export interface OwnPicture {
  readonly id: string;
  readonly data: string;
}

/** The browser keeps about five megabytes for a site. */
export const MAX_OWN = 5;
export const MAX_FILE_BYTES = 30_000_000;
const QUALITY = 0.82;

export function readOwn(stored: unknown): readonly OwnPicture[] {
  if (!Array.isArray(stored)) return [];
  return stored.filter(isOwn).slice(0, MAX_OWN);
}

function isOwn(value: unknown): value is OwnPicture {
  const { id, data } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof id === "string" && /^own-\d{1,15}$/.test(id) && typeof data === "string" && /^data:image\/jpeg;/.test(data)
  );
}

/** The newest first; the oldest gives way. */
export class OwnPictures {
  readonly list = signal(readOwn(remembered("backgrounds")));

  /** Its id, or undefined for a file that is no picture. */
  async add(file: Blob): Promise<string | undefined> {
    if (file.size > MAX_FILE_BYTES) return undefined;
    const data = await shrink(file).catch(() => undefined);
    if (data === undefined) return undefined;
    const id = `own-${Date.now()}`;
    this.#keep([{ id, data }, ...this.list.value].slice(0, MAX_OWN));
    return id;
  }

  remove(id: string): void {
    this.#keep(this.list.value.filter((each) => each.id !== id));
  }

  #keep(list: readonly OwnPicture[]): void {
    this.list.value = list;
    remember("backgrounds", list);
  }
}

/** No larger than a video is. */
async function shrink(file: Blob): Promise<string> {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, Math.max(PICTURE_SIZE.width / picture.width, PICTURE_SIZE.height / picture.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas.toDataURL("image/jpeg", QUALITY);
}
