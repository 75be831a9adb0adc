import type { IncomingMessage } from "node:http";

export type StoredWhere = { readonly recording: string; readonly name: string };

/** Where finished recordings go besides: S3 or WebDAV. */
export interface Storage {
  /** Puts the whole file there and returns its location; the same again replaces it. */
  put(where: StoredWhere, file: PutFile, signal: AbortSignal): Promise<string>;
  /** The head of the answer to a GET, with status 200, 206 or 416; rejects with StorageRefusal. */
  get(location: string, range: string | undefined, signal: AbortSignal): Promise<IncomingMessage>;
  /** Also where there is nothing any more. */
  remove(location: string, signal: AbortSignal): Promise<void>;
  /** Whether a location is one of this storage's. */
  has(location: string): boolean;
}

export type PutFile = { readonly path: string; readonly sizeBytes: number; readonly type: string };

export type StorageSettings = {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly region: string;
};
