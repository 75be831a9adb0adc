/** An authority of this test's own, and what it has signed for 127.0.0.1. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export type Certificates = { readonly certificate: string; readonly key: string; readonly authorities: string };

const run = promisify(execFile);

export async function makeCertificates(directory: string): Promise<Certificates> {
  const path = (name: string) => join(directory, name);
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const authority = ["-x509", "-days", "2", "-subj", "/CN=Test authority"];
  await run("openssl", ["req", ...curve, ...authority, "-keyout", path("ca.key"), "-out", path("ca.pem")]);
  await run("openssl", [
    "req",
    ...curve,
    "-subj",
    "/CN=127.0.0.1",
    "-keyout",
    path("key.pem"),
    "-out",
    path("csr.pem"),
  ]);
  await writeFile(path("names"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  const signed = ["-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-CAcreateserial", "-days", "2"];
  const named = ["-extfile", path("names"), "-out", path("cert.pem")];
  await run("openssl", ["x509", "-req", "-in", path("csr.pem"), ...signed, ...named]);
  return { certificate: path("cert.pem"), key: path("key.pem"), authorities: path("ca.pem") };
}
