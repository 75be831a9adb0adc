/**
 * The part of S3 that uploads need, with its errors; signatures are checked by aws4, which is not what signs in
 * library/upload.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import aws4 from "aws4";

export type S3Server = AsyncDisposable & {
  readonly origin: string;
  /** By key: "bucket/below/rec1/film.mp4". */
  readonly objects: Map<string, Buffer>;
  readonly uploadsOpen: () => number;
  /** Requests are answered by 503 while it returns true. */
  fails: (method: string, url: string) => boolean;
  readonly keyId: string;
  readonly secretKey: string;
};

export async function openS3Server(): Promise<S3Server> {
  const objects = new Map<string, Buffer>();
  const uploads = new Map<string, Map<number, Buffer>>();
  const state = { fails: (_method: string, _url: string) => false };
  const keyId = "AKIDEXAMPLE";
  const secretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const refuse = (status: number, code: string) =>
      response.writeHead(status, { "content-type": "application/xml" }).end(`<Error><Code>${code}</Code></Error>`);
    if (state.fails(request.method ?? "", request.url ?? "")) return void refuse(503, "SlowDown");
    if (!isSigned(request, body, keyId, secretKey)) return void refuse(403, "SignatureDoesNotMatch");
    const url = new URL(request.url ?? "", "http://s3");
    const key = decodeURIComponent(url.pathname.slice(1));
    const id = url.searchParams.get("uploadId") ?? "";
    const parts = uploads.get(id);
    switch (request.method) {
      case "POST": {
        if (url.searchParams.has("uploads")) {
          const made = `up&"${uploads.size}`;
          uploads.set(made, new Map());
          return void response.end(`<R><UploadId>${made.replace("&", "&amp;").replace('"', "&quot;")}</UploadId></R>`);
        }
        if (!parts) return void refuse(404, "NoSuchUpload");
        const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag>/g)];
        const whole = named.map(([, number, tag]) => {
          const part = parts.get(Number(number));
          return part && tag?.replaceAll("&quot;", '"') === tagOf(part) ? part : undefined;
        });
        if (whole.length !== parts.size || whole.includes(undefined)) return void refuse(400, "InvalidPart");
        objects.set(key, Buffer.concat(whole.filter((part) => part !== undefined)));
        uploads.delete(id);
        return void response.end("<CompleteMultipartUploadResult/>");
      }
      case "PUT":
        if (id === "") objects.set(key, body);
        else if (parts) parts.set(Number(url.searchParams.get("partNumber")), body);
        else return void refuse(404, "NoSuchUpload");
        return void response.writeHead(200, { etag: tagOf(body) }).end();
      case "DELETE":
        if (id === "") objects.delete(key);
        else uploads.delete(id);
        return void response.writeHead(204).end();
      default:
        return sendObject(objects.get(key), request, response);
    }
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return Object.assign(state, {
    origin: `http://127.0.0.1:${port}`,
    objects,
    uploadsOpen: () => uploads.size,
    keyId,
    secretKey,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

function sendObject(object: Buffer | undefined, request: IncomingMessage, response: ServerResponse): void {
  if (!object) return void response.writeHead(404).end("<Error><Code>NoSuchKey</Code></Error>");
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
  if (from === undefined) return void response.end(object);
  const part = object.subarray(Number(from), Number(to) + 1);
  response.writeHead(206, { "content-length": part.length }).end(part);
}

/** The request as aws4 would have signed it, at the time it names. */
function isSigned(request: IncomingMessage, body: Buffer, accessKeyId: string, secretAccessKey: string): boolean {
  const found = request.headers.authorization ?? "";
  const names = /SignedHeaders=([\w;-]+)/.exec(found)?.[1]?.split(";") ?? [];
  const headers = Object.fromEntries(names.map((name) => [name, String(request.headers[name] ?? "")]));
  if (createHash("sha256").update(body).digest("hex") !== headers["x-amz-content-sha256"]) return false;
  const again = aws4.sign(
    { method: request.method, path: request.url, headers, service: "s3", region: "eu-test-1" },
    { accessKeyId, secretAccessKey },
  );
  return (again.headers as Record<string, string>).Authorization === found;
}

function tagOf(part: Buffer): string {
  return `"${createHash("md5").update(part).digest("hex")}"`;
}
