import type { Clock } from "@veche/kit/clock.ts";
import { VecheError } from "@veche/kit/errors.ts";
import { S3Storage } from "./s3.ts";
import type { Storage, StorageSettings } from "./storage.ts";
import { WebDavStorage } from "./webdav.ts";

export function openStorage(
  kind: "none" | "s3" | "webdav",
  settings: StorageSettings,
  clock: Clock,
): Storage | undefined {
  if (kind === "none") return undefined;
  const setting = "VECHE_RECORDINGS_UPLOAD_URL";
  if (settings.url === "") {
    throw new VecheError("invalid-argument", `${setting}: expected the address to upload to, found none`);
  }
  const { username, password, pathname } = new URL(settings.url);
  if (username !== "" || password !== "") {
    throw new VecheError("invalid-argument", `${setting}: user and password have settings of their own`);
  }
  if (kind === "webdav") return new WebDavStorage(settings);
  if (pathname.replaceAll("/", "") === "") {
    throw new VecheError("invalid-argument", `${setting}: expected the bucket as its path, found no path`);
  }
  return new S3Storage(settings, clock);
}
