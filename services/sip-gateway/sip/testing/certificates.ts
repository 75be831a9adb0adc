/** An authority of this test's own, and what it has signed. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

export type Certificates = { readonly certificate: string; readonly key: string; readonly authorities: string };

const run = promisify(execFile);
const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** For 127.0.0.1. */
export async function makeCertificates(directory: string): Promise<Certificates> {
  const path = (name: string) => join(directory, name);
  const authority = ["-x509", "-days", "2", "-subj", "/CN=Test authority"];
  await run("openssl", ["req", ...curve, ...authority, "-keyout", path("ca.key"), "-out", path("ca.pem")]);
  return await sign(path("ca.pem"), directory, "127.0.0.1", "IP:127.0.0.1,DNS:localhost");
}

/** Another one by the same authority. `names` as subjectAltName has them: "DNS:sip.example,IP:192.0.2.1". */
export function makeNamed({ authorities }: Certificates, directory: string, names: string): Promise<Certificates> {
  return sign(authorities, directory, "Somebody", names);
}

async function sign(authorities: string, directory: string, subject: string, names: string): Promise<Certificates> {
  const path = (name: string) => join(directory, name);
  const request = ["-subj", `/CN=${subject}`, "-keyout", path("key.pem"), "-out", path("csr.pem")];
  await run("openssl", ["req", ...curve, ...request]);
  await writeFile(path("names"), `subjectAltName=${names}\n`);
  const signed = ["-CA", authorities, "-CAkey", join(dirname(authorities), "ca.key"), "-CAcreateserial", "-days", "2"];
  const named = ["-extfile", path("names"), "-out", path("cert.pem")];
  await run("openssl", ["x509", "-req", "-in", path("csr.pem"), ...signed, ...named]);
  return { certificate: path("cert.pem"), key: path("key.pem"), authorities };
}
